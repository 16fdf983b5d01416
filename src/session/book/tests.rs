mod damaged;
mod history;
mod statuses;

use std::time::Duration;

use alloy::primitives::{Address, Selector, address};

use super::*;
use crate::session::{Interval, Policy, SessionKey};

const NFT: Address = address!("1758f42Af7026fBbB559Dc60EcE0De3ef81f665e");
const NOW: u64 = 1_700_000_000;

fn policy(number: u8) -> Policy {
    Policy::new(NFT, Selector::from([number; 4]))
}

fn grant(book: &mut Book, base: B256, policy: &Policy) -> (B256, Address) {
    let key = SessionKey::random().unwrap();
    let (id, leaf) = (key.address(), policy.leaf(key.address()).unwrap());
    let base = book.tree(base).unwrap();
    (book.grant(&base, Some(key.into()), vec![leaf], NOW), id)
}

fn lasting(number: u8) -> Policy {
    policy(number).interval(Interval {
        valid_after: 0,
        valid_until: NOW + 3_600,
    })
}

fn revoke(book: &mut Book, base: B256, without: Without) -> B256 {
    let base = book.tree(base).unwrap();
    let change = TreeChange {
        without,
        ..TreeChange::default()
    };
    book.note(base.root(), &base, change, NOW, None).0
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
    assert_eq!(
        book.sessions(said).len(),
        2,
        "what the chain holds later has it too"
    );
}

#[test]
fn key_stays_as_long_as_any_of_its_grants() {
    let mut book = Book::default();
    let key = SessionKey::random().unwrap();
    let leaf = |number| policy(number).leaf(key.address()).unwrap();
    let mut grant = |base, leaf| {
        let base = book.tree(base).unwrap();
        let change = TreeChange {
            leaves: vec![leaf],
            key: Some(key.clone().into()),
            ..TreeChange::default()
        };
        book.note(base.root(), &base, change, NOW, None)
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
    let root = book.grant(&Tree::new([]), Some(key.into()), vec![leaf.clone()], NOW);

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
    let mut lengths = Vec::new();

    for _ in 0..200 {
        book.settle(root);
        lengths.push(book.trees.len());
        (root, _) = grant(&mut book, root, &ended);
    }

    assert_eq!(
        book.keys.len(),
        2,
        "those of the tree on chain, and of the one on its way"
    );
    assert!(
        lengths.iter().all(|length| *length <= Book::MOST_TREES),
        "{lengths:?}"
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
    assert_eq!(read.key(id).map(KeptKey::address), Some(id));
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
    for text in [
        "",
        "{}",
        "null",
        "[1]",
        "{\"version\":1}",
        "{\"version\":2}",
        "<html>",
    ] {
        assert!(
            matches!(
                Book::read(Some(text), &Contracts::BICONOMY),
                Err(StoreError::Damaged(_))
            ),
            "{text}"
        );
    }
    assert_eq!(
        Book::read(Some("{\"version\":3}"), &Contracts::BICONOMY).err(),
        Some(StoreError::Newer(3))
    );
}

#[test]
fn key_of_a_session_goes_a_quarter_of_an_hour_after_its_end() {
    let mut book = Book::default();
    let (_, id) = grant(&mut book, B256::ZERO, &lasting(1));
    let end = NOW + 3_600;

    for early in [NOW, end, end + 900] {
        book.expire(early);
        assert!(book.key(id).is_some(), "{early}");
    }
    assert_eq!(book.spent_keys(end + 901), [id]);
    book.expire(end + 901);

    assert!(book.key(id).is_none());
}

#[test]
fn grants_elsewhere_are_those_since_the_last_one_here() {
    let mut book = Book::default();
    assert_eq!(book.grants_elsewhere(0), 1, "of another library, in another lane");
    assert_eq!(book.grants_elsewhere(5), 5, "all of them, where nothing is known");

    let base = Tree::new([]);
    let change = |number| TreeChange {
        leaves: vec![lasting(number).leaf(NFT).unwrap()],
        ..TreeChange::default()
    };
    let (held, _) = book.note(base.root(), &base, change(1), NOW, Some(3));
    let (late, _) = book.note(base.root(), &base, change(2), NOW, Some(8));

    assert_eq!(book.grants_elsewhere(5), 1);
    assert_eq!(book.grants_elsewhere(7), 3);
    book.fail(late);
    assert_eq!(book.grants_elsewhere(9), 5);
    assert!(book.tree(held).is_some());
}

#[test]
fn many_sessions_that_the_chain_held_before_do_not_fill_the_store() {
    let mut book = Book::default();
    let mut root = B256::ZERO;
    for number in 0..100 {
        (root, _) = grant(&mut book, root, &lasting(number));
        book.settle(root);
    }

    let past = book.trees.iter().map(|noted| noted.leaves.len()).sum::<usize>();
    assert!(past <= 100 + Book::MOST_PAST_LEAVES, "{past}");
    assert_eq!(book.sessions(root).len(), 100);
}

#[test]
fn grants_and_revocations_by_turns_do_not_fill_the_store() {
    let mut book = Book::default();
    let (first, good) = grant(&mut book, B256::ZERO, &lasting(1));
    book.settle(first);
    for number in 2..100 {
        let (granted, id) = grant(&mut book, first, &lasting(number));
        book.settle(granted);
        assert_eq!(revoke(&mut book, granted, Without::These(vec![id])), first);
        book.settle(first);
    }

    assert!(book.trees.len() <= Book::MOST_TREES, "{}", book.trees.len());
    assert_eq!(book.sessions(first)[0].id, good);
}
