use super::*;
use crate::{
    primitives::UserOpHash,
    session::{GrantId, PendingGrant, SessionStatus},
};

fn statuses(ledger: &Ledger, root: B256, grants: &[PendingGrant], now: u64) -> Vec<SessionStatus> {
    let records = ledger.listed(root, grants, now).into_iter();
    records.map(|record| record.status).collect()
}

#[test]
fn status_follows_from_ledger_clock_and_chain() {
    use SessionStatus::*;
    let hash = UserOpHash(B256::repeat_byte(9));
    let mut ledger = Ledger::default();
    let (first, good) = grant(&mut ledger, B256::ZERO, &lasting(1));
    let (second, newer) = grant(&mut ledger, first, &lasting(2));
    let unknown = B256::repeat_byte(7);
    let under_way = |hash| PendingGrant {
        grant: GrantId(second),
        hash,
    };

    let table = [
        ("nothing sent", B256::ZERO, vec![], NOW, [Draft, Draft]),
        ("the first on chain", first, vec![], NOW, [Active, Draft]),
        (
            "at the wallet",
            first,
            vec![under_way(None)],
            NOW,
            [Active, AwaitingSignature],
        ),
        (
            "sent",
            first,
            vec![under_way(Some(hash))],
            NOW,
            [Active, Submitted(hash)],
        ),
        ("both on chain", second, vec![], NOW, [Active, Active]),
        (
            "soon over",
            second,
            vec![],
            NOW + 3_300,
            [ExpiringSoon, ExpiringSoon],
        ),
        ("not soon yet", second, vec![], NOW + 3_299, [Active, Active]),
        (
            "the last second",
            second,
            vec![],
            NOW + 3_600,
            [ExpiringSoon, ExpiringSoon],
        ),
        ("over", second, vec![], NOW + 3_601, [Expired, Expired]),
        (
            "another device, before anything was seen",
            unknown,
            vec![],
            NOW,
            [Draft, Draft],
        ),
    ];
    for (what, root, grants, now, expected) in table {
        assert_eq!(statuses(&ledger, root, &grants, now), expected, "{what}");
    }
    let revoked = revoke(&mut ledger, second, Revocation::These(vec![newer]));
    // The same tree comes again without the second session.
    assert_eq!(revoked, first);
    settle(&mut ledger, second);
    assert_eq!(statuses(&ledger, second, &[], NOW), [Active, Active]);
    settle(&mut ledger, revoked);
    assert_eq!(statuses(&ledger, revoked, &[], NOW), [Active, Revoked]);
    assert!(ledger.key(newer).is_none() && ledger.key(good).is_some());
    assert_eq!(statuses(&ledger, unknown, &[], NOW), [Superseded, Revoked]);
    assert_eq!(statuses(&ledger, B256::ZERO, &[], NOW), [Revoked, Revoked]);
    assert_eq!(statuses(&ledger, unknown, &[], NOW + 3_601), [Expired, Expired]);
    assert_eq!(
        statuses(&ledger, second, &[], NOW),
        [Active, Active],
        "the revocation was undone"
    );
}

#[test]
fn session_that_another_device_ended_is_superseded_also_after_the_next_grant() {
    let mut ledger = Ledger::default();
    let (first, _) = grant(&mut ledger, B256::ZERO, &lasting(1));
    settle(&mut ledger, first);
    let change = LeafChange {
        leaves: vec![lasting(2).leaf(Address::repeat_byte(2)).unwrap()],
        ..LeafChange::default()
    };

    let unknown = Tree::new([B256::repeat_byte(7)]);
    let (next, _) = ledger.record(B256::repeat_byte(7), &Tree::new([]), change, NOW, None);
    settle(&mut ledger, next);

    let expected = [SessionStatus::Superseded, SessionStatus::Active];
    assert_eq!(statuses(&ledger, next, &[], NOW), expected);
    assert_eq!(
        statuses(&ledger, unknown.root(), &[], NOW),
        [SessionStatus::Superseded; 2]
    );
}

#[test]
fn all_sessions_end_at_once() {
    let mut ledger = Ledger::default();
    let (first, _) = grant(&mut ledger, B256::ZERO, &lasting(1));
    let (second, _) = grant(&mut ledger, first, &lasting(2));
    settle(&mut ledger, second);

    let none = revoke(&mut ledger, second, Revocation::All);
    settle(&mut ledger, none);
    let (third, newest) = grant(&mut ledger, none, &lasting(3));
    settle(&mut ledger, third);

    assert_eq!(none, B256::ZERO);
    assert_eq!(
        statuses(&ledger, third, &[], NOW),
        [
            SessionStatus::Revoked,
            SessionStatus::Revoked,
            SessionStatus::Active
        ]
    );
    let kept = ledger.keys.iter().map(StoredKey::address).collect::<Vec<_>>();
    assert_eq!(kept, [newest]);
}

#[test]
fn failed_grant_is_told_and_its_key_forgotten() {
    let mut ledger = Ledger::default();
    let (first, _) = grant(&mut ledger, B256::ZERO, &lasting(1));
    let (failed, id) = grant(&mut ledger, first, &lasting(2));

    fail(&mut ledger, failed);

    let expected = [SessionStatus::Active, SessionStatus::Failed];
    assert_eq!(statuses(&ledger, first, &[], NOW), expected);
    assert!(ledger.key(id).is_none());
    let read = Ledger::read(Some(&ledger.to_text()), &MerkleContracts::BICONOMY).unwrap();
    assert_eq!(statuses(&read, first, &[], NOW), expected);
}

#[test]
fn what_the_owner_has_ended_stays_revoked_when_a_root_comes_again() {
    let mut ledger = Ledger::default();
    let (first, ended) = grant(&mut ledger, B256::ZERO, &lasting(1));
    settle(&mut ledger, first);
    let mut root = revoke(&mut ledger, first, Revocation::These(vec![ended]));
    settle(&mut ledger, root);
    for number in 2..4 {
        let (granted, id) = grant(&mut ledger, root, &lasting(number));
        settle(&mut ledger, granted);
        root = revoke(&mut ledger, granted, Revocation::These(vec![id]));
        settle(&mut ledger, root);
    }
    let (last, _) = grant(&mut ledger, root, &lasting(4));
    settle(&mut ledger, last);

    let (revoked, active) = (SessionStatus::Revoked, SessionStatus::Active);
    assert_eq!(
        statuses(&ledger, last, &[], NOW),
        [revoked, revoked, revoked, active]
    );
    let unknown = B256::repeat_byte(7);
    let replaced = [revoked, revoked, revoked, SessionStatus::Superseded];
    assert_eq!(statuses(&ledger, unknown, &[], NOW), replaced);
}

#[test]
fn what_another_device_has_ended_is_not_revoked_by_a_revocation_that_was_never_sent() {
    let mut ledger = Ledger::default();
    let (first, id) = grant(&mut ledger, B256::ZERO, &lasting(1));
    settle(&mut ledger, first);
    revoke(&mut ledger, first, Revocation::These(vec![id]));

    // Another device sets its root, and this device replaces that root.
    let change = LeafChange {
        leaves: vec![lasting(2).leaf(Address::repeat_byte(2)).unwrap()],
        ..LeafChange::default()
    };
    let (next, _) = ledger.record(B256::repeat_byte(7), &Tree::new([]), change, NOW, None);
    settle(&mut ledger, next);

    let expected = [SessionStatus::Superseded, SessionStatus::Active];
    assert_eq!(statuses(&ledger, next, &[], NOW), expected);
}

#[test]
fn grant_in_whose_place_another_was_made_has_failed() {
    let mut ledger = Ledger::default();
    let base = Tree::new([]);
    let mut note = |number| {
        let change = LeafChange {
            leaves: vec![lasting(number).leaf(Address::repeat_byte(number)).unwrap()],
            ..LeafChange::default()
        };
        ledger.record(base.root(), &base, change, NOW, Some(3)).0
    };
    let (_refused, retried) = (note(1), note(2));

    let before = statuses(&ledger, B256::ZERO, &[], NOW);
    settle(&mut ledger, retried);

    assert_eq!(before, [SessionStatus::Draft; 2]);
    let expected = [SessionStatus::Failed, SessionStatus::Active];
    assert_eq!(statuses(&ledger, retried, &[], NOW), expected);
}

#[test]
fn grant_that_failed_says_nothing_of_the_sessions_beside_it() {
    let mut ledger = Ledger::default();
    let (first, _) = grant(&mut ledger, B256::ZERO, &lasting(1));
    settle(&mut ledger, first);
    let (failed, _) = grant(&mut ledger, first, &lasting(2));
    fail(&mut ledger, failed);

    let unknown = statuses(&ledger, B256::repeat_byte(7), &[], NOW);
    let none = revoke(&mut ledger, first, Revocation::All);
    settle(&mut ledger, none);

    assert_eq!(unknown, [SessionStatus::Superseded, SessionStatus::Failed]);
    let expected = [SessionStatus::Revoked, SessionStatus::Failed];
    assert_eq!(statuses(&ledger, none, &[], NOW), expected);
}

#[test]
fn what_the_chain_holds_has_not_failed() {
    let mut ledger = Ledger::default();
    let (held, id) = grant(&mut ledger, B256::ZERO, &lasting(1));
    settle(&mut ledger, held);

    fail(&mut ledger, held);
    forget(&mut ledger, held);

    assert!(ledger.key(id).is_some());
    assert_eq!(statuses(&ledger, held, &[], NOW), [SessionStatus::Active]);
    assert_eq!(
        statuses(&ledger, B256::repeat_byte(7), &[], NOW),
        [SessionStatus::Superseded]
    );
}

#[test]
fn session_whose_time_has_not_begun_is_scheduled() {
    let mut ledger = Ledger::default();
    let later = policy(1).interval(Interval {
        valid_after: NOW + 60,
        valid_until: NOW + 3_600,
    });
    let (root, _) = grant(&mut ledger, B256::ZERO, &later);

    let at = |moment| statuses(&ledger, root, &[], moment)[0];

    assert_eq!(at(NOW + 59), SessionStatus::Scheduled);
    assert_eq!(at(NOW + 60), SessionStatus::Active);
    assert!(!SessionStatus::Scheduled.is_active() && SessionStatus::Scheduled.is_granted());
}

#[test]
fn change_that_changes_nothing_leaves_the_tree_alone() {
    let mut ledger = Ledger::default();
    let (root, id) = grant(&mut ledger, B256::ZERO, &lasting(1));
    settle(&mut ledger, root);
    let before = ledger.to_text();
    let leaves = ledger.session(root, id).unwrap().leaves;
    let again = LeafChange {
        revoked: Revocation::IfPresent(id),
        leaves,
        ..LeafChange::default()
    };

    let base = ledger.tree(root).unwrap();
    let none = ledger.record(base.root(), &base, LeafChange::default(), NOW, Some(1));
    let same = ledger.record(base.root(), &base, again, NOW, Some(1));

    assert_eq!([none, same], [(root, false); 2]);
    assert_eq!(ledger.to_text(), before);
}

#[test]
fn session_is_what_the_chain_grants_it_or_granted_it_last() {
    let mut ledger = Ledger::default();
    let signer = Address::repeat_byte(5);
    let leaf = |number| lasting(number).leaf(signer).unwrap();
    let mut note = |base: B256, revoked, leaves| {
        let change = LeafChange {
            revoked,
            leaves,
            key: None,
        };
        let base = ledger.tree(base).unwrap();
        let (root, _) = ledger.record(base.root(), &base, change, NOW, None);
        settle(&mut ledger, root);
        root
    };
    let first = note(B256::ZERO, Revocation::None, vec![leaf(1)]);
    let none = note(first, Revocation::These(vec![signer]), vec![]);
    let second = note(none, Revocation::None, vec![leaf(2)]);
    let twice = note(second, Revocation::None, vec![leaf(2), leaf(2)]);
    let (refused, _) = {
        let base = ledger.tree(second).unwrap();
        let change = LeafChange {
            leaves: vec![leaf(3)],
            ..LeafChange::default()
        };
        ledger.record(base.root(), &base, change, NOW, None)
    };
    fail(&mut ledger, refused);

    assert_eq!(twice, second, "a leaf is granted once");
    let unknown = B256::repeat_byte(7);
    for root in [second, unknown] {
        assert_eq!(ledger.session(root, signer).unwrap().leaves, [leaf(2)], "{root}");
    }
    let permission = leaf(2).permission().unwrap();
    assert_eq!(
        ledger.listed(unknown, &[], NOW)[0].session.permissions,
        [permission]
    );
    assert_eq!(ledger.session(first, signer).unwrap().leaves, [leaf(1)]);
    let (_, draft) = grant(&mut ledger, second, &lasting(4));
    assert_eq!(ledger.session(second, draft), None, "the chain never held it");
}
