//! Compares the listed sessions after a random history with a model that tracks the status of each session.

use std::collections::BTreeMap;

use proptest::{collection::vec, prelude::*};

use super::*;
use crate::session::SessionStatus::{self, Active, Draft, Failed, Revoked, Superseded};

/// The outcome of an operation that changes the sessions.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum End {
    Included,
    Reverted,
    NeverSent,
}

#[derive(Clone, Copy, Debug)]
enum Event {
    Grant(End),
    /// Revokes an active session, if there are enough of them.
    Revoke(usize, End),
    Renew(usize, End),
    RevokeAll(End),
    /// Another device sets its own root.
    GrantOnOtherDevice,
    /// Another device ends all sessions.
    EndOnOtherDevice,
}

fn any_event() -> impl Strategy<Value = Event> {
    let end = || prop_oneof![4 => Just(End::Included), 1 => Just(End::Reverted), 1 => Just(End::NeverSent)];
    prop_oneof![
        4 => end().prop_map(Event::Grant),
        3 => (0..4_usize, end()).prop_map(|(which, end)| Event::Revoke(which, end)),
        2 => (0..4_usize, end()).prop_map(|(which, end)| Event::Renew(which, end)),
        1 => end().prop_map(Event::RevokeAll),
        1 => Just(Event::GrantOnOtherDevice),
        1 => Just(Event::EndOnOtherDevice),
    ]
}

/// The ledger and the chain, and the expected statuses.
#[derive(Default)]
struct World {
    ledger: Ledger,
    root: B256,
    /// The number of grants on chain.
    grants: u64,
    expected: BTreeMap<Address, SessionStatus>,
    /// True when a grant was recorded and never submitted since this device's last included grant.
    is_unsent: bool,
    /// True when the unsubmitted grant ends all sessions, so that such an end by another device looks the same.
    is_end_unsent: bool,
    /// True when another device changed the root while a grant was unsubmitted: keys of ended sessions may remain.
    is_open: bool,
}

impl World {
    fn happen(&mut self, event: Event) {
        match event {
            Event::Grant(end) => self.change(&Revocation::None, true, end),
            Event::Revoke(which, end) => {
                if let Some(id) = self.active(which) {
                    self.change(&Revocation::These(vec![id]), false, end);
                }
            }
            Event::Renew(which, end) => {
                if let Some(id) = self.active(which) {
                    self.change(&Revocation::IfPresent(id), true, end);
                }
            }
            Event::RevokeAll(end) if !self.root.is_zero() => self.change(&Revocation::All, false, end),
            Event::RevokeAll(_) => {}
            Event::GrantOnOtherDevice => {
                self.grants += 1;
                self.root = B256::left_padding_from(&self.grants.to_be_bytes());
                self.become_of(Active, Superseded);
            }
            Event::EndOnOtherDevice if !self.root.is_zero() && !self.is_end_unsent => {
                self.grants += 1;
                self.root = B256::ZERO;
                self.become_of(Active, Revoked);
            }
            Event::EndOnOtherDevice => {}
        }
        if matches!(event, Event::GrantOnOtherDevice | Event::EndOnOtherDevice) {
            self.is_open |= self.is_unsent;
        }
        self.ledger.supersede(self.root, self.grants);
        settle(&mut self.ledger, self.root);
    }

    fn active(&self, which: usize) -> Option<Address> {
        let active = self.expected.iter().filter(|(_, status)| **status == Active);
        active.map(|(id, _)| *id).nth(which)
    }

    fn become_of(&mut self, before: SessionStatus, after: SessionStatus) {
        let concerned = self.expected.values_mut().filter(|status| **status == before);
        concerned.for_each(|status| *status = after);
    }

    fn change(&mut self, revoked: &Revocation, is_grant: bool, end: End) {
        let key = is_grant.then(|| SessionKey::random().unwrap());
        let id = key.as_ref().map(SessionKey::address);
        let change = LeafChange {
            revoked: revoked.clone(),
            leaves: id.iter().map(|id| lasting(1).leaf(*id).unwrap()).collect(),
            key: key.map(StoredKey::from),
        };
        let base = self.ledger.tree(self.root).unwrap_or_else(|| Tree::new([]));
        let (root, _) = self
            .ledger
            .record(self.root, &base, change, NOW, Some(self.grants));
        settle(&mut self.ledger, self.root);

        let status = match end {
            End::NeverSent => {
                self.is_unsent = true;
                self.is_end_unsent |= root.is_zero();
                Draft
            }
            End::Reverted => {
                self.grants += 1;
                fail(&mut self.ledger, root);
                Failed
            }
            End::Included => {
                (self.root, self.grants) = (root, self.grants + 1);
                (self.is_unsent, self.is_end_unsent, self.is_open) = (false, false, false);
                settle(&mut self.ledger, root);
                self.become_of(Draft, Failed);
                match revoked {
                    Revocation::These(ids) => self.expected.extend(ids.iter().map(|id| (*id, Revoked))),
                    Revocation::IfPresent(id) => self.expected.extend([(*id, Revoked)]),
                    Revocation::All => self.become_of(Active, Revoked),
                    Revocation::None => {}
                }
                Active
            }
        };
        self.expected.extend(id.map(|id| (id, status)));
    }

    fn listed(&self) -> BTreeMap<Address, SessionStatus> {
        let records = self.ledger.listed(self.root, &[], NOW).into_iter();
        records.map(|record| (record.id(), record.status)).collect()
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(100))]

    #[test]
    fn sessions_are_listed_as_what_became_of_them(events in vec(any_event(), 0..25)) {
        let mut world = World::default();
        for event in events {
            world.happen(event);

            prop_assert_eq!(&world.listed(), &world.expected, "after {:?}", event);
            for (id, status) in &world.expected {
                let is_kept = world.ledger.key(*id).is_some();
                match status {
                    Active => prop_assert!(is_kept, "{} after {:?}", status, event),
                    Failed => prop_assert!(!is_kept, "{} after {:?}", status, event),
                    Superseded | Revoked if world.is_open => {}
                    Superseded | Revoked => prop_assert!(!is_kept, "{} after {:?}", status, event),
                    _ => {}
                }
            }
            let text = world.ledger.to_text();
            world.ledger = Ledger::read(Some(&text), &MerkleContracts::BICONOMY).unwrap();
        }
    }
}

#[test]
fn what_is_learned_late_changes_no_later_history() {
    use SessionStatus::*;
    let mut ledger = Ledger::default();
    let (first, earlier) = grant(&mut ledger, B256::ZERO, &lasting(1));
    let (second, _) = grant(&mut ledger, first, &lasting(2));
    let third = revoke(&mut ledger, second, Revocation::These(vec![earlier]));
    for is_seen in [true, false] {
        let mut ledger = ledger.clone();
        if is_seen {
            settle(&mut ledger, first);
        }
        settle(&mut ledger, second);
        settle(&mut ledger, third);

        include(&mut ledger, first, NOW);

        let records = ledger.listed(third, &[], NOW);
        let statuses = Vec::from_iter(records.iter().map(|record| record.status));
        assert_eq!(statuses, [Revoked, Active], "{is_seen}");
        assert!(ledger.is_settled(third));
    }
}

#[test]
fn a_node_that_lags_costs_no_key_and_another_device_does() {
    let mut ledger = Ledger::default();
    let mut roots = vec![B256::ZERO];
    for number in 0..2 {
        let key = SessionKey::random().unwrap();
        let change = LeafChange {
            leaves: vec![lasting(number).leaf(key.address()).unwrap()],
            key: Some(key.into()),
            ..LeafChange::default()
        };
        let base = ledger.tree(*roots.last().unwrap()).unwrap();
        let (root, _) = ledger.record(base.root(), &base, change, NOW, Some(number.into()));
        settle(&mut ledger, root);
        roots.push(root);
    }
    let after = |root: B256, next: u64| {
        let mut ledger = ledger.clone();
        ledger.supersede(root, next);
        settle(&mut ledger, root);
        (ledger.keys.len(), ledger.listed(root, &[], NOW)[0].status)
    };

    let unknown = B256::repeat_byte(7);
    for root in [roots[0], roots[1], unknown] {
        for next in 0..=2 {
            assert_eq!(after(root, next).0, 2, "{root} {next}");
        }
    }
    assert_eq!(after(unknown, 3), (0, SessionStatus::Superseded));
    assert_eq!(after(B256::ZERO, 3), (0, SessionStatus::Revoked));
    assert_eq!(after(roots[2], 3), (2, SessionStatus::Active));
}
