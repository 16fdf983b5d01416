use std::time::Duration;

use alloy::primitives::{Selector, address};

use super::*;
use crate::session::{Interval, Policy};

const NFT: Address = address!("1758f42Af7026fBbB559Dc60EcE0De3ef81f665e");
const NOW: u64 = 1_700_000_000;

fn policy(number: u8) -> Policy {
    Policy::new(NFT, Selector::from([number; 4]))
}

fn grant(book: &mut Book, base: B256, policy: &Policy) -> (B256, Address) {
    let key = SessionKey::random().unwrap();
    let (id, leaf) = (key.address(), policy.leaf(key.address()).unwrap());
    let base = book.tree(base).unwrap();
    (book.grant(&base, Some(key), vec![leaf], NOW), id)
}

#[test]
fn refused_grant_is_no_part_of_the_next_tree() {
    let mut book = Book::default();
    let (first, good) = grant(&mut book, B256::ZERO, &policy(1));
    let (refused, bad) = grant(&mut book, first, &policy(2));

    let (next, newest) = grant(&mut book, first, &policy(3));

    let ids = book
        .sessions(next)
        .into_iter()
        .map(|session| session.id)
        .collect::<Vec<_>>();
    assert_eq!(ids, [good, newest]);
    assert_eq!(book.sessions(first)[0].id, good);
    book.forget(refused);
    assert!(book.tree(refused).is_none());
    assert!(book.key(bad).is_none());
    assert!(book.prove(next, &book.sessions(next)[0].leaves[0]).is_some());
}

#[test]
fn tree_that_the_chain_holds_outlives_grants_that_build_on_another() {
    let mut book = Book::default();
    let (held, good) = grant(&mut book, B256::ZERO, &policy(1));
    let (said, _) = grant(&mut book, held, &policy(2));

    let (guessed, _) = grant(&mut book, said, &policy(3));
    book.forget(guessed);

    assert_eq!(book.sessions(held)[0].id, good);
    book.settle(said);
    assert!(book.tree(held).is_none(), "until the chain holds a later one");
    assert_eq!(book.sessions(said).len(), 2);
}

#[test]
fn key_stays_as_long_as_any_of_its_grants() {
    let mut book = Book::default();
    let key = SessionKey::random().unwrap();
    let leaf = |number| policy(number).leaf(key.address()).unwrap();
    let mut grant = |base, leaf| {
        let base = book.tree(base).unwrap();
        book.note(&base, Some(key.clone()), vec![leaf], NOW)
    };
    let (first, is_new) = grant(B256::ZERO, leaf(1));
    let (again, is_new_again) = grant(B256::ZERO, leaf(1));
    let (second, _) = grant(first, leaf(2));

    book.forget(second);

    assert!(is_new && !is_new_again && first == again);
    assert_eq!((book.trees.len(), book.keys.len()), (1, 1));
    assert_eq!(book.sessions(first)[0].id, key.address());
}

#[test]
fn sessions_of_modules_that_are_not_known_are_no_sessions_here_but_keep_their_keys() {
    let contracts = Contracts {
        abi_session_validation: Address::repeat_byte(7),
        ..Contracts::BICONOMY
    };
    let mut book = Book::default();
    let key = SessionKey::random().unwrap();
    let (id, leaf) = (key.address(), policy(1).leaf(key.address()).unwrap());
    let leaf = leaf.checked_by(&contracts);
    let root = book.grant(&Tree::new([]), Some(key), vec![leaf.clone()], NOW);

    let known = Book::read(Some(&book.to_text().unwrap()), &contracts).unwrap();
    let mut unknown = Book::read(Some(&book.to_text().unwrap()), &Contracts::BICONOMY).unwrap();
    let (next, other) = grant(&mut unknown, root, &policy(2));
    let again = Book::read(Some(&unknown.to_text().unwrap()), &contracts).unwrap();

    assert_eq!(known.sessions(root)[0].leaves, [leaf]);
    assert_eq!(unknown.sessions(root), []);
    assert_eq!(unknown.sessions(next)[0].id, other);
    assert_eq!(
        again.sessions(next)[0].id,
        id,
        "and the other one is unknown in turn"
    );
    assert_eq!(again.sessions(next).len(), 1);
}

#[test]
fn ended_sessions_are_left_out_of_the_next_tree() {
    let mut book = Book::default();
    let ended = Interval {
        valid_after: 0,
        valid_until: NOW - Book::GRACE - 1,
    };
    let (first, _) = grant(&mut book, B256::ZERO, &policy(1).interval(ended));

    let (next, newest) = grant(&mut book, first, &policy(2));

    assert_eq!(book.sessions(next).len(), 1);
    assert_eq!(book.sessions(next)[0].id, newest);
}

#[test]
fn what_has_ended_is_forgotten_with_its_keys() {
    let mut book = Book::default();
    let ended = policy(1).interval(Interval {
        valid_after: 0,
        valid_until: NOW - Book::GRACE - 1,
    });
    let (mut root, _) = grant(&mut book, B256::ZERO, &ended);
    (root, _) = grant(&mut book, root, &ended);
    let length = book.to_text().unwrap().len();

    for _ in 0..50 {
        book.settle(root);
        (root, _) = grant(&mut book, root, &ended);
    }

    assert_eq!(book.to_text().unwrap().len(), length);
    assert_eq!(
        book.keys.len(),
        2,
        "those of the tree on chain, and of the one on its way"
    );
}

#[test]
fn grants_of_unknown_fate_are_kept_but_not_for_ever() {
    let mut book = Book::default();
    let (root, first) = grant(&mut book, B256::ZERO, &policy(1));
    let fates = [2, 3].map(|number| grant(&mut book, root, &policy(number)));

    for (fate, id) in fates {
        let ids = book
            .sessions(fate)
            .into_iter()
            .map(|session| session.id)
            .collect::<Vec<_>>();
        assert_eq!(ids, [first, id]);
    }
    for number in 0..100 {
        grant(&mut book, root, &policy(number));
    }
    assert!(book.trees.len() <= Book::MOST_TREES);
    assert_eq!(book.sessions(root).len(), 1, "the tree on chain is always kept");
}

#[test]
fn book_is_read_as_it_was_written() {
    let mut book = Book::default();
    let lasting = Interval::lasting(Duration::from_secs(60));
    let (root, id) = grant(&mut book, B256::ZERO, &policy(1).interval(lasting));

    let read = Book::read(Some(&book.to_text().unwrap()), &Contracts::BICONOMY).unwrap();

    assert_eq!(read.sessions(root), book.sessions(root));
    assert_eq!(read.key(id).map(SessionKey::address), Some(id));
}

#[test]
fn tampered_tree_is_unknown() {
    let mut book = Book::default();
    let (root, _) = grant(&mut book, B256::ZERO, &policy(1));
    book.trees[0].leaves = vec![B256::repeat_byte(1)];

    assert!(book.tree(root).is_none());
    assert!(book.sessions(root).is_empty());
}

#[test]
fn text_that_is_damaged_or_newer_is_an_error() {
    for text in ["", "{}", "null", "[1]", "{\"version\":1}", "<html>"] {
        assert!(
            matches!(
                Book::read(Some(text), &Contracts::BICONOMY),
                Err(StoreError::Damaged(_))
            ),
            "{text}"
        );
    }
    assert_eq!(
        Book::read(Some("{\"version\":2}"), &Contracts::BICONOMY).err(),
        Some(StoreError::Newer(2))
    );
}

#[test]
fn debug_hides_the_keys() {
    let mut book = Book::default();
    grant(&mut book, B256::ZERO, &policy(1));
    let secret = book.to_text().unwrap().split("\"keys\"").nth(1).unwrap()[50..100].to_owned();

    assert!(!format!("{book:?}").contains(&secret));
}
