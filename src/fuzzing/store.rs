use std::collections::BTreeSet;

use alloy::primitives::{Address, B256, keccak256};
use serde_json::Value;

use super::assert_same;
use crate::{
    permission::{Interval, Policy},
    session::merkle::MerkleContracts,
    session::{
        GrantId, SessionEvent, SessionState, SessionStatus,
        merkle::{Leaf, Ledger, ProvenLeaf, Tree},
    },
};

/// The maximum number of damaged entries that are kept.
const MOST_DAMAGED: usize = 64;
/// The maximum number of trees to check in each ledger.
const TREES: usize = 8;

/// Fuzzes the stored ledger of an account's sessions.
///
/// No entry is lost, a session is listed as active only if the chain allows it to act, and each listed permission can
/// be proven.
pub fn store(bytes: &[u8]) {
    let Ok(text) = str::from_utf8(bytes) else { return };
    let Ok(ledger) = Ledger::read(Some(text), &MerkleContracts::BICONOMY) else {
        return;
    };

    let written = kept(&ledger);
    if ledger.damaged() < MOST_DAMAGED {
        assert_eq!(entries(text), entries(&written), "entries are lost: {written}");
    }
    for root in roots(text) {
        for now in [0, 1_700_000_000, Interval::MAX, u64::MAX] {
            told(&ledger, root, now);
        }
        changed(&ledger, root);
    }
}

/// Returns the text of a ledger, after a check that the text reads back unchanged.
pub(super) fn kept(ledger: &Ledger) -> String {
    let text = ledger.to_text();
    let again = Ledger::read(Some(&text), &MerkleContracts::BICONOMY).expect("what was written can be read");
    assert_eq!(again.damaged(), ledger.damaged());
    assert_same(&again.to_text(), &text);
    text
}

/// Counts the trees, leaves, keys and damaged entries in a text.
fn entries(text: &str) -> usize {
    let ledger: Value = serde_json::from_str(text).expect("it was read before");
    let list = |part: &str| ledger[part].as_array().map_or(0, Vec::len);
    let map = |part: &str| ledger[part].as_object().map_or(0, serde_json::Map::len);
    list("trees") + map("leaves") + map("keys") + list("damaged")
}

/// Returns the roots in a text, the root of no session, and an unknown root.
fn roots(text: &str) -> Vec<B256> {
    let ledger: Value = serde_json::from_str(text).expect("it was read before");
    let trees = ledger["trees"].as_array().into_iter().flatten();
    let roots = trees.filter_map(|tree| tree["root"].as_str()?.parse().ok());
    [B256::ZERO, B256::repeat_byte(0x77)]
        .into_iter()
        .chain(roots.take(TREES))
        .collect()
}

/// Checks the sessions of a ledger for a root on chain.
pub(super) fn told(ledger: &Ledger, root: B256, now: u64) {
    let tree = ledger.tree(root);
    assert!(tree.as_ref().is_none_or(|tree| tree.root() == root));
    let active = ledger.all_sessions(root);
    for session in &active {
        for leaf in &session.leaves {
            assert_eq!(leaf.key(), Some(session.id));
            let proven = ledger.prove(root, leaf).expect("the tree holds its leaves");
            assert_eq!(proven_root(&proven), root);
        }
    }
    let with_key = ledger.sessions(root);
    assert!(with_key.iter().all(|session| active.contains(session)));
    assert!(with_key.iter().all(|session| ledger.key(session.id).is_some()));

    let listed = ledger.listed(root, &[], now);
    let mut ids = BTreeSet::new();
    for record in &listed {
        let id = record.id();
        assert!(ids.insert(id), "the session {id} is listed twice");
        assert_eq!(record.has_key, ledger.key(id).is_some());
        let lasts = |leaf: &Leaf| leaf.interval().valid_until == 0 || leaf.interval().valid_until >= now;
        let session = active.iter().find(|session| session.id == id);
        let any = |is: &dyn Fn(&Leaf) -> bool| session.is_some_and(|session| session.leaves.iter().any(is));
        let told = (record.status.is_granted(), record.status.is_active());
        let may_act = (any(&lasts), any(&|leaf| leaf.interval().contains(now)));
        assert_eq!(told, may_act, "{:?} under {root}", record.status);
        assert!(
            !record.status.is_under_way(),
            "nothing is, and yet {:?}",
            record.status
        );
        if record.status == SessionStatus::Expired {
            let permissions = &record.session.permissions;
            assert!(
                permissions
                    .iter()
                    .all(|permission| permission.interval().has_ended(now))
            );
        }
    }
    assert!(active.iter().all(|session| ids.contains(&session.id)));
}

/// Computes the root from a proof.
fn proven_root(proven: &ProvenLeaf) -> B256 {
    proven.proof.iter().fold(proven.leaf.hash(), |node, sibling| {
        keccak256([node.min(*sibling), node.max(*sibling)].concat())
    })
}

/// Checks that a grant on top of a tree is recorded, and that the limits hold.
fn changed(ledger: &Ledger, root: B256) {
    const MOST_TREES: usize = 32;
    let now = 1_700_000_000;
    let key = Address::repeat_byte(0x99);
    let leaf = Policy::new(key, [1; 4]).leaf(key).expect("it can be encoded");
    let mut ledger = ledger.clone();
    let base = ledger.tree(root).unwrap_or_else(|| Tree::new([]));

    let next = ledger.grant(&base, None, vec![leaf.clone()], now);
    let grant = GrantId(next);

    assert!(trees(&ledger) <= MOST_TREES);
    let tree = ledger.tree(next).expect("it was noted");
    assert_eq!(tree.leaves().last(), Some(&leaf.hash()));
    assert!(ledger.all_sessions(next).iter().any(|session| session.id == key));
    let mut failed = ledger.clone();
    failed.apply(SessionEvent::Failed(grant), now);
    kept(&failed);
    let mut forgotten = ledger.clone();
    forgotten.apply(SessionEvent::Withdrawn(grant), now);
    assert_eq!(forgotten.tree(next).is_some(), next.is_zero());
    kept(&forgotten);
    ledger.apply(
        SessionEvent::Observed {
            state: SessionState::of(grant.0),
            next: 0,
        },
        now,
    );
    assert!(ledger.is_settled(next));
    told(&ledger, next, now);
    ledger.apply(
        SessionEvent::Observed {
            state: SessionState::of(grant.0),
            next: 0,
        },
        u64::MAX,
    );
    assert!(ledger.spent_keys(u64::MAX).is_empty());
    ledger.apply(SessionEvent::Failed(grant), now);
    ledger.apply(SessionEvent::Withdrawn(grant), now);
    assert!(ledger.is_settled(next), "what the chain holds has not failed");
    kept(&ledger);
}

fn trees(ledger: &Ledger) -> usize {
    let text = kept(ledger);
    let ledger: Value = serde_json::from_str(&text).expect("it was written");
    ledger["trees"].as_array().map_or(0, Vec::len)
}
