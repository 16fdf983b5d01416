use super::*;
use crate::primitives::UserOpHash;

fn statuses(book: &Book, root: B256, grants: &[Grant], now: u64) -> Vec<SessionStatus> {
    let records = book.listed(root, grants, now).into_iter();
    records.map(|record| record.status).collect()
}

#[test]
fn status_follows_from_book_clock_and_chain() {
    use SessionStatus::*;
    let hash = UserOpHash(B256::repeat_byte(9));
    let mut book = Book::default();
    let (first, good) = grant(&mut book, B256::ZERO, &lasting(1));
    let (second, newer) = grant(&mut book, first, &lasting(2));
    let elsewhere = B256::repeat_byte(7);
    let under_way = |hash| Grant { root: second, hash };

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
            "elsewhere, before anything was seen",
            elsewhere,
            vec![],
            NOW,
            [Draft, Draft],
        ),
    ];
    for (what, root, grants, now, expected) in table {
        assert_eq!(statuses(&book, root, &grants, now), expected, "{what}");
    }
    let revoked = revoke(&mut book, second, Without::These(vec![newer]));
    // The same tree comes again without the second session.
    assert_eq!(revoked, first);
    book.settle(second);
    assert_eq!(statuses(&book, second, &[], NOW), [Active, Active]);
    book.settle(revoked);
    assert_eq!(statuses(&book, revoked, &[], NOW), [Active, Revoked]);
    assert!(book.key(newer).is_none() && book.key(good).is_some());
    assert_eq!(statuses(&book, elsewhere, &[], NOW), [Superseded, Revoked]);
    assert_eq!(statuses(&book, B256::ZERO, &[], NOW), [Revoked, Revoked]);
    assert_eq!(statuses(&book, elsewhere, &[], NOW + 3_601), [Expired, Expired]);
    assert_eq!(
        statuses(&book, second, &[], NOW),
        [Active, Active],
        "the revocation was undone"
    );
}

#[test]
fn session_that_another_device_ended_is_superseded_also_after_the_next_grant() {
    let mut book = Book::default();
    let (first, _) = grant(&mut book, B256::ZERO, &lasting(1));
    book.settle(first);
    let change = TreeChange {
        leaves: vec![lasting(2).leaf(Address::repeat_byte(2)).unwrap()],
        ..TreeChange::default()
    };

    let elsewhere = Tree::new([B256::repeat_byte(7)]);
    let (next, _) = book.note(B256::repeat_byte(7), &Tree::new([]), change, NOW, None);
    book.settle(next);

    let expected = [SessionStatus::Superseded, SessionStatus::Active];
    assert_eq!(statuses(&book, next, &[], NOW), expected);
    assert_eq!(
        statuses(&book, elsewhere.root(), &[], NOW),
        [SessionStatus::Superseded; 2]
    );
}

#[test]
fn all_sessions_end_at_once() {
    let mut book = Book::default();
    let (first, _) = grant(&mut book, B256::ZERO, &lasting(1));
    let (second, _) = grant(&mut book, first, &lasting(2));
    book.settle(second);

    let none = revoke(&mut book, second, Without::All);
    book.settle(none);
    let (third, newest) = grant(&mut book, none, &lasting(3));
    book.settle(third);

    assert_eq!(none, B256::ZERO);
    assert_eq!(
        statuses(&book, third, &[], NOW),
        [
            SessionStatus::Revoked,
            SessionStatus::Revoked,
            SessionStatus::Active
        ]
    );
    let kept = book.keys.iter().map(KeptKey::address).collect::<Vec<_>>();
    assert_eq!(kept, [newest]);
}

#[test]
fn failed_grant_is_told_and_its_key_forgotten() {
    let mut book = Book::default();
    let (first, _) = grant(&mut book, B256::ZERO, &lasting(1));
    let (failed, id) = grant(&mut book, first, &lasting(2));

    book.fail(failed);

    let expected = [SessionStatus::Active, SessionStatus::Failed];
    assert_eq!(statuses(&book, first, &[], NOW), expected);
    assert!(book.key(id).is_none());
    let read = Book::read(Some(&book.to_text().unwrap()), &Contracts::BICONOMY).unwrap();
    assert_eq!(statuses(&read, first, &[], NOW), expected);
}

#[test]
fn what_the_owner_has_ended_stays_revoked_when_a_root_comes_again() {
    let mut book = Book::default();
    let (first, ended) = grant(&mut book, B256::ZERO, &lasting(1));
    book.settle(first);
    let mut root = revoke(&mut book, first, Without::These(vec![ended]));
    book.settle(root);
    for number in 2..4 {
        let (granted, id) = grant(&mut book, root, &lasting(number));
        book.settle(granted);
        root = revoke(&mut book, granted, Without::These(vec![id]));
        book.settle(root);
    }
    let (last, _) = grant(&mut book, root, &lasting(4));
    book.settle(last);

    let (revoked, active) = (SessionStatus::Revoked, SessionStatus::Active);
    assert_eq!(
        statuses(&book, last, &[], NOW),
        [revoked, revoked, revoked, active]
    );
    let elsewhere = B256::repeat_byte(7);
    let replaced = [revoked, revoked, revoked, SessionStatus::Superseded];
    assert_eq!(statuses(&book, elsewhere, &[], NOW), replaced);
}

#[test]
fn what_another_device_has_ended_is_not_revoked_by_a_revocation_that_was_never_sent() {
    let mut book = Book::default();
    let (first, id) = grant(&mut book, B256::ZERO, &lasting(1));
    book.settle(first);
    revoke(&mut book, first, Without::These(vec![id]));

    // Another device sets its root, and this device replaces that root.
    let change = TreeChange {
        leaves: vec![lasting(2).leaf(Address::repeat_byte(2)).unwrap()],
        ..TreeChange::default()
    };
    let (next, _) = book.note(B256::repeat_byte(7), &Tree::new([]), change, NOW, None);
    book.settle(next);

    let expected = [SessionStatus::Superseded, SessionStatus::Active];
    assert_eq!(statuses(&book, next, &[], NOW), expected);
}

#[test]
fn grant_in_whose_place_another_was_made_has_failed() {
    let mut book = Book::default();
    let base = Tree::new([]);
    let mut note = |number| {
        let change = TreeChange {
            leaves: vec![lasting(number).leaf(Address::repeat_byte(number)).unwrap()],
            ..TreeChange::default()
        };
        book.note(base.root(), &base, change, NOW, Some(3)).0
    };
    let (_refused, retried) = (note(1), note(2));

    let before = statuses(&book, B256::ZERO, &[], NOW);
    book.settle(retried);

    assert_eq!(before, [SessionStatus::Draft; 2]);
    let expected = [SessionStatus::Failed, SessionStatus::Active];
    assert_eq!(statuses(&book, retried, &[], NOW), expected);
}

#[test]
fn grant_that_failed_says_nothing_of_the_sessions_beside_it() {
    let mut book = Book::default();
    let (first, _) = grant(&mut book, B256::ZERO, &lasting(1));
    book.settle(first);
    let (failed, _) = grant(&mut book, first, &lasting(2));
    book.fail(failed);

    let elsewhere = statuses(&book, B256::repeat_byte(7), &[], NOW);
    let none = revoke(&mut book, first, Without::All);
    book.settle(none);

    assert_eq!(elsewhere, [SessionStatus::Superseded, SessionStatus::Failed]);
    let expected = [SessionStatus::Revoked, SessionStatus::Failed];
    assert_eq!(statuses(&book, none, &[], NOW), expected);
}

#[test]
fn what_the_chain_holds_has_not_failed() {
    let mut book = Book::default();
    let (held, id) = grant(&mut book, B256::ZERO, &lasting(1));
    book.settle(held);

    book.fail(held);
    book.forget(held);

    assert!(book.key(id).is_some());
    assert_eq!(statuses(&book, held, &[], NOW), [SessionStatus::Active]);
    assert_eq!(
        statuses(&book, B256::repeat_byte(7), &[], NOW),
        [SessionStatus::Superseded]
    );
}

#[test]
fn session_whose_time_has_not_begun_is_scheduled() {
    let mut book = Book::default();
    let later = policy(1).interval(Interval {
        valid_after: NOW + 60,
        valid_until: NOW + 3_600,
    });
    let (root, _) = grant(&mut book, B256::ZERO, &later);

    let at = |moment| statuses(&book, root, &[], moment)[0];

    assert_eq!(at(NOW + 59), SessionStatus::Scheduled);
    assert_eq!(at(NOW + 60), SessionStatus::Active);
    assert!(!SessionStatus::Scheduled.is_active() && SessionStatus::Scheduled.is_granted());
}

#[test]
fn change_that_changes_nothing_leaves_the_tree_alone() {
    let mut book = Book::default();
    let (root, id) = grant(&mut book, B256::ZERO, &lasting(1));
    book.settle(root);
    let before = book.to_text().unwrap();
    let leaves = book.session(root, id).unwrap().leaves;
    let again = TreeChange {
        without: Without::IfThere(id),
        leaves,
        ..TreeChange::default()
    };

    let base = book.tree(root).unwrap();
    let none = book.note(base.root(), &base, TreeChange::default(), NOW, Some(1));
    let same = book.note(base.root(), &base, again, NOW, Some(1));

    assert_eq!([none, same], [(root, false); 2]);
    assert_eq!(book.to_text().unwrap(), before);
}

#[test]
fn session_is_what_the_chain_grants_it_or_granted_it_last() {
    let mut book = Book::default();
    let signer = Address::repeat_byte(5);
    let leaf = |number| lasting(number).leaf(signer).unwrap();
    let mut note = |base: B256, without, leaves| {
        let change = TreeChange {
            without,
            leaves,
            key: None,
        };
        let base = book.tree(base).unwrap();
        let (root, _) = book.note(base.root(), &base, change, NOW, None);
        book.settle(root);
        root
    };
    let first = note(B256::ZERO, Without::None, vec![leaf(1)]);
    let none = note(first, Without::These(vec![signer]), vec![]);
    let second = note(none, Without::None, vec![leaf(2)]);
    let twice = note(second, Without::None, vec![leaf(2), leaf(2)]);
    let (refused, _) = {
        let base = book.tree(second).unwrap();
        let change = TreeChange {
            leaves: vec![leaf(3)],
            ..TreeChange::default()
        };
        book.note(base.root(), &base, change, NOW, None)
    };
    book.fail(refused);

    assert_eq!(twice, second, "a leaf is granted once");
    let elsewhere = B256::repeat_byte(7);
    for root in [second, elsewhere] {
        assert_eq!(book.session(root, signer).unwrap().leaves, [leaf(2)], "{root}");
    }
    assert_eq!(book.listed(elsewhere, &[], NOW)[0].session.leaves, [leaf(2)]);
    assert_eq!(book.session(first, signer).unwrap().leaves, [leaf(1)]);
    let (_, draft) = grant(&mut book, second, &lasting(4));
    assert_eq!(book.session(second, draft), None, "the chain never held it");
}
