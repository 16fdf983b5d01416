use std::mem;

use alloy::primitives::B256;

use super::{Fate, Ledger, MerkleSession, RecordedTree, sorted};
use crate::session::{PendingGrant, Session, SessionRecord, SessionStatus, merkle::Leaf, record::status_at};

impl Ledger {
    /// Returns all sessions of the ledger with their status, in the order of their grants. `root` is the root on chain,
    /// `grants` are those under way, and `now` is in seconds since 1970.
    pub(crate) fn listed(&self, root: B256, grants: &[PendingGrant], now: u64) -> Vec<SessionRecord> {
        let active = self.all_sessions(root);
        let mut hashes = Vec::new();
        for recorded in &self.trees {
            hashes.extend_from_slice(&recorded.leaves);
        }
        let all = sorted(hashes.clone());
        let mut seen = vec![false; all.len()];
        hashes.retain(|hash| {
            let place = all.partition_point(|other| other < hash);
            !mem::replace(&mut seen[place], true)
        });
        let record = |known: MerkleSession| {
            let active = active.iter().find(|session| session.id == known.id);
            let (session, status) = match active {
                Some(session) => {
                    let session = Session::from(session.clone());
                    let status = status_at(&session.permissions, now);
                    (session, status)
                }
                None => {
                    let (session, status) = self.absent(known, root, grants, now);
                    (session.into(), status)
                }
            };
            SessionRecord {
                has_key: self.key(session.id).is_some(),
                session,
                status,
            }
        };
        self.sessions_of(&hashes).into_iter().map(record).collect()
    }

    /// Returns the permissions and the status of a session that is not in the tree on chain.
    fn absent(
        &self,
        known: MerkleSession,
        root: B256,
        grants: &[PendingGrant],
        now: u64,
    ) -> (MerkleSession, SessionStatus) {
        let hashes = known.leaves.iter().map(Leaf::hash).collect::<Vec<_>>();
        let current = self.position(root).or_else(|| self.on_chain());
        let later = self.trees.iter().skip(current.map_or(0, |current| current + 1));
        let holds = |recorded: &&RecordedTree| recorded.leaves.iter().any(|hash| hashes.contains(hash));
        let open = later
            .rev()
            .filter(|recorded| recorded.fate != Fate::Failed)
            .filter(holds);
        let open = open.collect::<Vec<_>>();
        let mut under_way = open
            .iter()
            .filter_map(|recorded| grants.iter().find(|grant| grant.grant.0 == recorded.root));
        match (under_way.next(), self.last_on_chain(&known)) {
            (Some(PendingGrant { hash: Some(hash), .. }), _) => (known, SessionStatus::Submitted(*hash)),
            (Some(PendingGrant { hash: None, .. }), _) => (known, SessionStatus::AwaitingSignature),
            (None, Some((at, granted))) => {
                let status = self.ended(at, &granted, root, now);
                (granted, status)
            }
            (None, None) if open.is_empty() => (known, SessionStatus::Failed),
            (None, None) => (known, SessionStatus::Draft),
        }
    }

    /// Returns the status of a session that was last on chain in the tree at this position.
    fn ended(&self, at: usize, granted: &MerkleSession, root: B256, now: u64) -> SessionStatus {
        let current = self.position(root);
        let mut after = self.trees.iter().enumerate().skip(at + 1);
        let next = after.find(|(at, recorded)| recorded.fate == Fate::OnChain || Some(*at) == current);
        // Only the owner can end all sessions.
        let is_ours = match next.map(|(_, next)| next.base) {
            Some(base) => base == Some(self.trees[at].root) || base == Some(B256::ZERO),
            None => root.is_zero(),
        };
        if granted.leaves.iter().all(|leaf| leaf.interval().has_ended(now)) {
            SessionStatus::Expired
        } else if is_ours {
            SessionStatus::Revoked
        } else {
            SessionStatus::Superseded
        }
    }
}
