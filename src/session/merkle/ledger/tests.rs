mod damaged;
mod history;
mod statuses;
mod transitions;

use std::time::Duration;

use alloy::primitives::{Address, Selector, address};

use super::*;
use crate::{
    permission::{Interval, Policy},
    session::{GrantId, SessionEvent, SessionState},
    signer::SessionKey,
};

const NFT: Address = address!("1758f42Af7026fBbB559Dc60EcE0De3ef81f665e");
const NOW: u64 = 1_700_000_000;

fn policy(number: u8) -> Policy {
    Policy::new(NFT, Selector::from([number; 4]))
}

fn grant(ledger: &mut Ledger, base: B256, policy: &Policy) -> (B256, Address) {
    let key = SessionKey::random().unwrap();
    let (id, leaf) = (key.address(), policy.leaf(key.address()).unwrap());
    let base = ledger.tree(base).unwrap();
    (ledger.grant(&base, Some(key.into()), vec![leaf], NOW), id)
}

fn lasting(number: u8) -> Policy {
    policy(number).interval(Interval {
        valid_after: 0,
        valid_until: NOW + 3_600,
    })
}

fn revoke(ledger: &mut Ledger, base: B256, revoked: Revocation) -> B256 {
    let base = ledger.tree(base).unwrap();
    let change = LeafChange {
        revoked,
        ..LeafChange::default()
    };
    ledger.record(base.root(), &base, change, NOW, None).0
}

fn settle(ledger: &mut Ledger, root: B256) {
    tidy(ledger, root, 0, 0);
}

fn tidy(ledger: &mut Ledger, root: B256, next: u64, now: u64) {
    let state = SessionState::of(root);
    ledger.apply(SessionEvent::Observed { state, next }, now);
}

fn include(ledger: &mut Ledger, root: B256, now: u64) {
    ledger.apply(SessionEvent::Included(GrantId(root)), now);
}

fn fail(ledger: &mut Ledger, root: B256) {
    ledger.apply(SessionEvent::Failed(GrantId(root)), 0);
}

fn forget(ledger: &mut Ledger, root: B256) {
    ledger.apply(SessionEvent::Withdrawn(GrantId(root)), 0);
}

fn expire(ledger: &mut Ledger, now: u64) {
    let unknown = B256::repeat_byte(0xff);
    tidy(ledger, unknown, 0, now);
}

#[test]
fn refused_grant_is_no_part_of_the_next_tree() {
    let mut ledger = Ledger::default();
    let (first, good) = grant(&mut ledger, B256::ZERO, &policy(1));
    let (refused, bad) = grant(&mut ledger, first, &policy(2));

    let (next, newest) = grant(&mut ledger, first, &policy(3));

    let ids = ledger
        .sessions(next)
        .into_iter()
        .map(|session| session.id)
        .collect::<Vec<_>>();
    assert_eq!(ids, [good, newest]);
    assert_eq!(ledger.sessions(first)[0].id, good);
    forget(&mut ledger, refused);
    assert!(ledger.tree(refused).is_none());
    assert!(ledger.key(bad).is_none());
    assert!(ledger.prove(next, &ledger.sessions(next)[0].leaves[0]).is_some());
}

#[test]
fn tree_that_the_chain_holds_outlives_grants_that_build_on_another() {
    let mut ledger = Ledger::default();
    let (held, good) = grant(&mut ledger, B256::ZERO, &policy(1));
    let (said, _) = grant(&mut ledger, held, &policy(2));

    let (guessed, _) = grant(&mut ledger, said, &policy(3));
    forget(&mut ledger, guessed);

    assert_eq!(ledger.sessions(held)[0].id, good);
    settle(&mut ledger, said);
    assert_eq!(
        ledger.sessions(said).len(),
        2,
        "what the chain holds later has it too"
    );
}

#[test]
fn key_stays_as_long_as_any_of_its_grants() {
    let mut ledger = Ledger::default();
    let key = SessionKey::random().unwrap();
    let leaf = |number| policy(number).leaf(key.address()).unwrap();
    let mut grant = |base, leaf| {
        let base = ledger.tree(base).unwrap();
        let change = LeafChange {
            leaves: vec![leaf],
            key: Some(key.clone().into()),
            ..LeafChange::default()
        };
        ledger.record(base.root(), &base, change, NOW, None)
    };
    let (first, is_new) = grant(B256::ZERO, leaf(1));
    let (again, is_new_again) = grant(B256::ZERO, leaf(1));
    let (second, _) = grant(first, leaf(2));

    forget(&mut ledger, second);

    assert!(is_new && !is_new_again && first == again);
    assert_eq!((ledger.trees.len(), ledger.keys.len()), (1, 1));
    assert_eq!(ledger.sessions(first)[0].id, key.address());
}

#[test]
fn sessions_of_modules_that_are_not_known_are_no_sessions_here_but_keep_their_keys() {
    let contracts = MerkleContracts {
        abi_validation: Address::repeat_byte(7),
        ..MerkleContracts::BICONOMY
    };
    let mut ledger = Ledger::default();
    let key = SessionKey::random().unwrap();
    let (id, leaf) = (key.address(), policy(1).leaf(key.address()).unwrap());
    let leaf = leaf.checked_by(&contracts);
    let root = ledger.grant(&Tree::new([]), Some(key.into()), vec![leaf.clone()], NOW);

    let known = Ledger::read(Some(&ledger.to_text()), &contracts).unwrap();
    let mut unknown = Ledger::read(Some(&ledger.to_text()), &MerkleContracts::BICONOMY).unwrap();
    let (next, other) = grant(&mut unknown, root, &policy(2));
    let again = Ledger::read(Some(&unknown.to_text()), &contracts).unwrap();

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
    let mut ledger = Ledger::default();
    let ended = Interval {
        valid_after: 0,
        valid_until: NOW - Ledger::GRACE - 1,
    };
    let (first, _) = grant(&mut ledger, B256::ZERO, &policy(1).interval(ended));

    let (next, newest) = grant(&mut ledger, first, &policy(2));

    assert_eq!(ledger.sessions(next).len(), 1);
    assert_eq!(ledger.sessions(next)[0].id, newest);
}

#[test]
fn what_has_ended_is_forgotten_with_its_keys() {
    let mut ledger = Ledger::default();
    let ended = policy(1).interval(Interval {
        valid_after: 0,
        valid_until: NOW - Ledger::GRACE - 1,
    });
    let (mut root, _) = grant(&mut ledger, B256::ZERO, &ended);
    (root, _) = grant(&mut ledger, root, &ended);
    let mut lengths = Vec::new();

    for _ in 0..200 {
        settle(&mut ledger, root);
        lengths.push(ledger.trees.len());
        (root, _) = grant(&mut ledger, root, &ended);
    }

    assert_eq!(
        ledger.keys.len(),
        2,
        "those of the tree on chain, and of the one on its way"
    );
    assert!(
        lengths.iter().all(|length| *length <= Ledger::MOST_TREES),
        "{lengths:?}"
    );
}

#[test]
fn grants_of_unknown_fate_are_kept_but_not_for_ever() {
    let mut ledger = Ledger::default();
    let (root, first) = grant(&mut ledger, B256::ZERO, &policy(1));
    let fates = [2, 3].map(|number| grant(&mut ledger, root, &policy(number)));

    for (fate, id) in fates {
        let ids = ledger
            .sessions(fate)
            .into_iter()
            .map(|session| session.id)
            .collect::<Vec<_>>();
        assert_eq!(ids, [first, id]);
    }
    for number in 0..100 {
        grant(&mut ledger, root, &policy(number));
    }
    assert!(ledger.trees.len() <= Ledger::MOST_TREES);
    assert_eq!(ledger.sessions(root).len(), 1, "the tree on chain is always kept");
}

#[test]
fn ledger_is_read_as_it_was_written() {
    let mut ledger = Ledger::default();
    let lasting = Interval::lasting(Duration::from_secs(60));
    let (root, id) = grant(&mut ledger, B256::ZERO, &policy(1).interval(lasting));

    let read = Ledger::read(Some(&ledger.to_text()), &MerkleContracts::BICONOMY).unwrap();

    assert_eq!(read.sessions(root), ledger.sessions(root));
    assert_eq!(read.key(id).map(StoredKey::address), Some(id));
}

#[test]
fn tampered_tree_is_unknown() {
    let mut ledger = Ledger::default();
    let (root, _) = grant(&mut ledger, B256::ZERO, &policy(1));
    ledger.trees[0].leaves = vec![B256::repeat_byte(1)];

    assert!(ledger.tree(root).is_none());
    assert!(ledger.sessions(root).is_empty());
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
                Ledger::read(Some(text), &MerkleContracts::BICONOMY),
                Err(StoreError::Damaged(_))
            ),
            "{text}"
        );
    }
    assert_eq!(
        Ledger::read(Some("{\"version\":3}"), &MerkleContracts::BICONOMY).err(),
        Some(StoreError::Newer(3))
    );
}

#[test]
fn key_of_a_session_goes_a_quarter_of_an_hour_after_its_end() {
    let mut ledger = Ledger::default();
    let (_, id) = grant(&mut ledger, B256::ZERO, &lasting(1));
    let end = NOW + 3_600;

    for early in [NOW, end, end + 900] {
        expire(&mut ledger, early);
        assert!(ledger.key(id).is_some(), "{early}");
    }
    assert_eq!(ledger.spent_keys(end + 901), [id]);
    expire(&mut ledger, end + 901);

    assert!(ledger.key(id).is_none());
}

#[test]
fn untracked_grants_are_those_since_the_last_recorded_one() {
    let mut ledger = Ledger::default();
    assert_eq!(
        ledger.untracked_grants(0),
        1,
        "of another library, in another lane"
    );
    assert_eq!(
        ledger.untracked_grants(5),
        5,
        "all of them, where nothing is known"
    );

    let base = Tree::new([]);
    let change = |number| LeafChange {
        leaves: vec![lasting(number).leaf(NFT).unwrap()],
        ..LeafChange::default()
    };
    let (held, _) = ledger.record(base.root(), &base, change(1), NOW, Some(3));
    let (late, _) = ledger.record(base.root(), &base, change(2), NOW, Some(8));

    assert_eq!(ledger.untracked_grants(5), 1);
    assert_eq!(ledger.untracked_grants(7), 3);
    fail(&mut ledger, late);
    assert_eq!(ledger.untracked_grants(9), 5);
    assert!(ledger.tree(held).is_some());
}

#[test]
fn many_sessions_that_the_chain_held_before_do_not_fill_the_store() {
    let mut ledger = Ledger::default();
    let mut root = B256::ZERO;
    for number in 0..100 {
        (root, _) = grant(&mut ledger, root, &lasting(number));
        settle(&mut ledger, root);
    }

    let past = ledger
        .trees
        .iter()
        .map(|recorded| recorded.leaves.len())
        .sum::<usize>();
    assert!(past <= 100 + Ledger::MOST_PAST_LEAVES, "{past}");
    assert_eq!(ledger.sessions(root).len(), 100);
}

#[test]
fn grants_and_revocations_by_turns_do_not_fill_the_store() {
    let mut ledger = Ledger::default();
    let (first, good) = grant(&mut ledger, B256::ZERO, &lasting(1));
    settle(&mut ledger, first);
    for number in 2..100 {
        let (granted, id) = grant(&mut ledger, first, &lasting(number));
        settle(&mut ledger, granted);
        assert_eq!(revoke(&mut ledger, granted, Revocation::These(vec![id])), first);
        settle(&mut ledger, first);
    }

    assert!(ledger.trees.len() <= Ledger::MOST_TREES, "{}", ledger.trees.len());
    assert_eq!(ledger.sessions(first)[0].id, good);
}
