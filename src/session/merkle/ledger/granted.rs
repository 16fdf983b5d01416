use alloy::primitives::B256;

use super::{Fate, Ledger, MerkleSession};
use crate::session::{
    SessionId,
    merkle::{Leaf, ProvenLeaf},
};

impl Ledger {
    /// Returns the sessions under a root whose keys are in the ledger, in the order of their grants.
    #[must_use]
    pub fn sessions(&self, root: B256) -> Vec<MerkleSession> {
        let mut sessions = self.all_sessions(root);
        sessions.retain(|session| self.key(session.id).is_some());
        sessions
    }

    /// Returns all sessions under a root, including those of remote signers, in the order of their grants.
    #[must_use]
    pub fn all_sessions(&self, root: B256) -> Vec<MerkleSession> {
        match self.tree(root) {
            Some(tree) => self.sessions_of(tree.leaves()),
            None => Vec::new(),
        }
    }

    /// Returns a session with its leaves under a root, or with its leaves in the last tree confirmed on chain. `None`
    /// if the session was never confirmed on chain.
    #[must_use]
    pub fn session(&self, root: B256, id: SessionId) -> Option<MerkleSession> {
        let find = |sessions: Vec<MerkleSession>| sessions.into_iter().find(|session| session.id == id);
        find(self.all_sessions(root)).or_else(|| {
            let hashes = self.leaves.iter().map(|(hash, _)| *hash).collect::<Vec<_>>();
            let known = find(self.sessions_of(&hashes))?;
            self.last_on_chain(&known).map(|(_, session)| session)
        })
    }

    /// Returns the position of the last tree confirmed on chain that has a leaf of the session, and the session's
    /// leaves in that tree.
    pub(super) fn last_on_chain(&self, known: &MerkleSession) -> Option<(usize, MerkleSession)> {
        let leaves = known.leaves.iter().map(|leaf| (leaf.hash(), leaf));
        let leaves = leaves.collect::<Vec<_>>();
        let held = self.trees.iter().enumerate().rev();
        let mut held = held.filter(|(_, recorded)| recorded.fate == Fate::OnChain);
        held.find_map(|(at, recorded)| {
            let granted = leaves.iter().filter(|(hash, _)| recorded.leaves.contains(hash));
            let leaves = granted.map(|(_, leaf)| Leaf::clone(leaf)).collect::<Vec<_>>();
            let id = known.id;
            (!leaves.is_empty()).then_some((at, MerkleSession { id, leaves }))
        })
    }

    /// Groups leaves by session, in the order of the leaves.
    pub(crate) fn sessions_of(&self, hashes: &[B256]) -> Vec<MerkleSession> {
        let mut sessions: Vec<MerkleSession> = Vec::new();
        for leaf in hashes.iter().filter_map(|hash| self.leaf(hash)) {
            let Some(id) = leaf.key() else { continue };
            match sessions.iter_mut().find(|session| session.id == id) {
                Some(session) => session.leaves.push(leaf.clone()),
                None => sessions.push(MerkleSession {
                    id,
                    leaves: vec![leaf.clone()],
                }),
            }
        }
        sessions
    }

    /// Returns the number of leaves under a root without a readable session: their entries are damaged, or their
    /// validation modules are unknown.
    pub(crate) fn unread(&self, root: B256) -> u64 {
        self.count(root, |leaf| leaf.and_then(Leaf::key).is_none())
    }

    /// Returns the number of leaves under a root whose entries are damaged.
    pub(crate) fn lost(&self, root: B256) -> u64 {
        self.count(root, |leaf| leaf.is_none())
    }

    fn count(&self, root: B256, is_counted: impl Fn(Option<&Leaf>) -> bool) -> u64 {
        let leaves = self.recorded(root).map(|recorded| recorded.leaves.as_slice());
        let leaves = leaves.unwrap_or_default().iter();
        leaves.map(|hash| u64::from(is_counted(self.leaf(hash)))).sum()
    }

    pub(super) fn leaf(&self, hash: &B256) -> Option<&Leaf> {
        let found = self.leaves.iter().find(|(other, _)| other == hash);
        found.map(|(_, leaf)| leaf)
    }

    /// Returns a leaf with its proof under a root.
    #[must_use]
    pub fn prove(&self, root: B256, leaf: &Leaf) -> Option<ProvenLeaf> {
        let proof = self.tree(root)?.proof(leaf.hash())?;
        Some(ProvenLeaf {
            leaf: leaf.clone(),
            proof,
        })
    }
}
