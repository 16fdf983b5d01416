mod change;
mod damaged;
mod granted;
mod import;
mod keys;
mod listed;
mod recorded_tree;
mod session;
mod transition;
mod written;

use std::collections::BinaryHeap;

use alloy::primitives::B256;

use self::{damaged::Damaged, recorded_tree::Fate, recorded_tree::RecordedTree};
pub use self::{import::Imported, session::MerkleSession};
use super::{Leaf, MerkleContracts, Tree};
use crate::{
    platform::Json,
    session::Revocation,
    store::{StoreError, StoredKey},
};

/// The local ledger of an account's sessions: trees by their root, leaves and keys.
///
/// The ledger does not decide which session is active. The chain does: the tree of the root on chain is the valid one.
/// The tree of a refused or failed grant never was on chain, and no later tree builds on it.
///
/// # Examples
///
/// ```
/// use alloy::primitives::address;
/// use use_aa::{Policy, SessionKey, session::merkle::{Ledger, MerkleContracts, Tree}};
///
/// let nft = address!("1758f42Af7026fBbB559Dc60EcE0De3ef81f665e");
/// let key = SessionKey::random()?;
/// let leaf = Policy::function(nft, "safeMint(address)")?.leaf(key.address())?;
///
/// let contracts = MerkleContracts::default();
/// let mut ledger = Ledger::read(None, &contracts)?;
/// let root = ledger.grant(&Tree::new([]), Some(key.into()), vec![leaf], 1_700_000_000);
/// let kept = Ledger::read(Some(&ledger.to_text()), &contracts)?;
/// assert_eq!(kept.sessions(root).len(), 1);
/// # Ok::<(), use_aa::Error>(())
/// ```
#[derive(Clone, Debug, Default)]
pub struct Ledger {
    /// The trees in the order in which they were recorded. A root that was on chain before may be recorded again.
    trees: Vec<RecordedTree>,
    /// The leaves by their hashes.
    leaves: Vec<(B256, Leaf)>,
    keys: Vec<StoredKey>,
    damaged: Damaged,
}

/// The difference between the next tree and the tree that it builds on.
#[derive(Clone, Debug, Default)]
pub(crate) struct LeafChange {
    /// The sessions to end.
    pub(crate) revoked: Revocation,
    /// The leaves to add.
    pub(crate) leaves: Vec<Leaf>,
    /// The key of the new leaves, unless a remote signer has the key.
    pub(crate) key: Option<StoredKey>,
}

impl Ledger {
    const VERSION: u32 = 2;
    /// The time in seconds that a leaf stays in new trees after its end, because this clock may be ahead.
    const GRACE: u64 = 86_400;
    /// The maximum number of trees after a grant is recorded.
    const MOST_TREES: usize = 32;
    /// The maximum number of leaves in all trees that were on chain before.
    const MOST_PAST_LEAVES: usize = 512;

    /// Reads the ledger from a store's text; without a text the ledger is empty.
    ///
    /// Permissions are read with the validation modules of `contracts`. Damaged entries are set aside, and the other
    /// entries are read.
    ///
    /// # Errors
    ///
    /// [`StoreError`] if the text as a whole is damaged, or was written by a newer version.
    pub fn read(text: Option<&str>, contracts: &MerkleContracts) -> Result<Self, StoreError> {
        let Some(text) = text else {
            return Ok(Self::default());
        };
        let ledger = Json::parse(text).map_err(|_| StoreError::Damaged("the text is not JSON".to_owned()))?;
        Self::of_written(&ledger, contracts)
    }

    /// Returns the ledger as text for a store.
    #[must_use]
    pub fn to_text(&self) -> String {
        self.written().to_string()
    }

    /// Creates an empty ledger that replaces an unreadable text. The ledger counts the text as one damaged entry and
    /// keeps no part of the text, which may hold unencrypted keys.
    pub(crate) fn in_place_of_damaged() -> Self {
        let mut ledger = Self::default();
        ledger.damaged.set_aside("text", &Json::Null);
        ledger
    }

    /// Returns the number of entries that could not be read, at most 64.
    ///
    /// Their content is set aside and stays in the store, except for keys, which may be unencrypted, and for very long
    /// entries.
    #[must_use]
    pub const fn damaged(&self) -> usize {
        self.damaged.len()
    }

    /// Discards the entries that could not be read.
    pub fn discard_damaged(&mut self) {
        self.damaged = Damaged::default();
    }

    /// Returns the tree of a root, if the ledger holds the complete tree. The tree of the zero root is empty.
    #[must_use]
    pub fn tree(&self, root: B256) -> Option<Tree> {
        if root.is_zero() {
            return Some(Tree::new([]));
        }
        let tree = Tree::new(self.recorded(root)?.leaves.iter().copied());
        (tree.root() == root).then_some(tree)
    }

    /// Returns the root that was on chain when the grant of this root was prepared, if known.
    pub(crate) fn base(&self, root: B256) -> Option<B256> {
        self.recorded(root)?.base
    }

    fn recorded(&self, root: B256) -> Option<&RecordedTree> {
        self.position(root).map(|at| &self.trees[at])
    }

    /// Records a tree with new leaves on top of the leaves of `base` that have not ended, and returns its root.
    ///
    /// `key` is the key of the new leaves, unless a remote signer has the key. `now` is in seconds since 1970.
    pub fn grant(&mut self, base: &Tree, key: Option<StoredKey>, leaves: Vec<Leaf>, now: u64) -> B256 {
        let change = LeafChange {
            leaves,
            key,
            ..LeafChange::default()
        };
        self.record(base.root(), base, change, now, None).0
    }

    /// Records a tree: the leaves of `base` that have not ended, with a change, and the sequence number of its grant.
    ///
    /// `base` is the tree of the root on chain, or an empty one if that tree is unknown. Returns the root, and true if
    /// the same grant was not recorded before. A grant that was recorded before may have been signed already.
    pub(crate) fn record(
        &mut self,
        on_chain: B256,
        base: &Tree,
        change: LeafChange,
        now: u64,
        sequence: Option<u64>,
    ) -> (B256, bool) {
        let ended = now.saturating_sub(Self::GRACE);
        let lasting = base.leaves().iter().copied().filter(|hash| {
            let leaf = self.leaf(hash);
            let has_ended = leaf.is_some_and(|leaf| leaf.interval().has_ended(ended));
            !has_ended && !change::ends(&change.revoked, leaf)
        });
        let mut leaves = lasting.collect::<Vec<_>>();
        for leaf in change.leaves {
            let hash = leaf.hash();
            if !leaves.contains(&hash) {
                leaves.push(hash);
            }
            if self.leaf(&hash).is_none() {
                self.leaves.push((hash, leaf));
            }
        }
        self.keys
            .extend(change.key.filter(|key| self.key(key.address()).is_none()));
        let root = Tree::new(leaves.iter().copied()).root();
        let is_new = self.push(on_chain, root, leaves, sequence);
        self.sweep();
        (root, is_new)
    }

    /// Records a tree on top of `base`, unless the root is `base`. Returns true if the same grant was not recorded
    /// before.
    fn push(&mut self, base: B256, root: B256, leaves: Vec<B256>, sequence: Option<u64>) -> bool {
        if root == base && self.position(root).is_some() {
            return false;
        }
        let is_again = |recorded: &RecordedTree| recorded.root == root && recorded.fate == Fate::Recorded;
        let again = self.trees.iter().position(is_again);
        match again {
            Some(at) => {
                self.trees.remove(at);
            }
            None => self.make_room(base),
        }
        self.trees.push(RecordedTree {
            root,
            base: Some(base),
            sequence,
            fate: Fate::Recorded,
            leaves,
        });
        again.is_none()
    }

    /// Removes the oldest trees in front of the one on chain that have too many leaves in all.
    ///
    /// Grants run in sequence, so a tree that was recorded earlier cannot come on chain any more. A tree that was
    /// recorded later still can.
    fn drop_past(&mut self, current: usize) {
        let sizes = self.trees[..current].iter().rev().scan(0, |sum, recorded| {
            *sum += recorded.leaves.len().max(1);
            Some(*sum)
        });
        let kept = sizes.take_while(|sum| *sum <= Self::MOST_PAST_LEAVES).count();
        self.trees.drain(..current - kept);
    }

    /// Records that a root on chain was set by another device.
    ///
    /// The root is recorded only if `next`, the sequence number of the next grant, shows that the root was set after
    /// the last tree confirmed on chain. A lagging node also returns an earlier root, but with no later sequence
    /// number.
    fn supersede(&mut self, root: B256, next: u64) {
        let held = self.on_chain().filter(|_| self.is_superseded(root, next));
        let Some(held) = held else { return };
        let other = RecordedTree {
            root,
            // Only the owner can end all sessions.
            base: root.is_zero().then_some(self.trees[held].root),
            sequence: Some(next - 1),
            fate: Fate::OnChain,
            leaves: self
                .recorded(root)
                .map_or_else(Vec::new, |recorded| recorded.leaves.clone()),
        };
        self.trees.insert(held + 1, other);
    }

    /// Returns true if [`supersede`](Self::supersede) has a root to record.
    fn is_superseded(&self, root: B256, next: u64) -> bool {
        let last = self.on_chain().and_then(|held| self.trees[held].sequence);
        let is_passed = |last: u64| last.saturating_add(1) < next;
        self.is_in_doubt(root) && last.is_some_and(is_passed)
    }

    /// Returns true if a root belongs neither to the last tree confirmed on chain nor to a tree recorded after that
    /// one.
    pub(crate) fn is_in_doubt(&self, root: B256) -> bool {
        let is_before = |held| self.position(root).is_none_or(|at| at < held);
        self.on_chain().is_some_and(is_before)
    }

    /// Returns true if [observing](crate::session::SessionEvent::Observed) a root would change nothing.
    pub(crate) fn is_tidy(&self, root: B256, next: u64, now: u64) -> bool {
        self.is_settled(root) && !self.is_superseded(root, next) && self.spent_keys(now).is_empty()
    }

    /// Returns true if the root is recorded as the one on chain, or is unknown to the ledger.
    pub(crate) fn is_settled(&self, root: B256) -> bool {
        self.position(root)
            .is_none_or(|held| self.on_chain() == Some(held))
    }

    /// Returns the last position of a root's tree.
    fn position(&self, root: B256) -> Option<usize> {
        self.trees.iter().rposition(|recorded| recorded.root == root)
    }

    /// Returns the position of the last tree confirmed on chain.
    fn on_chain(&self) -> Option<usize> {
        self.trees
            .iter()
            .rposition(|recorded| recorded.fate == Fate::OnChain)
    }

    /// Returns the number of untracked grants since the last recorded one, at least 1. `next` is the sequence number of
    /// the next grant.
    ///
    /// The minimum is 1 because a root that the ledger does not know comes from one untracked grant at least.
    pub(crate) fn untracked_grants(&self, next: u64) -> u64 {
        let is_known =
            |recorded: &&RecordedTree| recorded.fate != Fate::Failed && self.tree(recorded.root).is_some();
        let known = self.trees.iter().filter(is_known);
        let last = known
            .filter_map(|recorded| recorded.sequence)
            .filter(|sequence| *sequence < next)
            .max();
        let after = last.map_or(0, |last| last + 1);
        next.saturating_sub(after).max(1)
    }

    /// Removes the oldest trees above the maximum, except for the tree that the next one builds on.
    fn make_room(&mut self, base: B256) {
        let (kept, mut place) = (self.position(base), 0..);
        let mut excess = (self.trees.len() + 1).saturating_sub(Self::MOST_TREES);
        self.trees.retain(|_| {
            let goes = excess > 0 && place.next() != kept;
            excess -= usize::from(goes);
            !goes
        });
    }

    /// Removes leaves without a tree, and keys without a leaf that is on chain or may come on chain.
    fn sweep(&mut self) {
        let hashes = |trees: &[RecordedTree], fates: &[Fate]| {
            let trees = trees.iter().filter(|recorded| fates.contains(&recorded.fate));
            sorted(
                trees
                    .flat_map(|recorded| recorded.leaves.iter().copied())
                    .collect(),
            )
        };
        let all = hashes(&self.trees, &[Fate::Recorded, Fate::OnChain, Fate::Failed]);
        let open = hashes(
            &self.trees[self.on_chain().unwrap_or(0)..],
            &[Fate::Recorded, Fate::OnChain],
        );
        self.leaves.retain(|(hash, _)| all.binary_search(hash).is_ok());
        let open = self
            .leaves
            .iter()
            .filter(|(hash, _)| open.binary_search(hash).is_ok());
        let (mut named, mut unknown) = (Vec::new(), Vec::new());
        for (_, leaf) in open {
            match leaf.key() {
                Some(key) => named.push(key.into_word()),
                None => unknown.push(leaf),
            }
        }
        let named = sorted(named);
        self.keys.retain(|key| {
            let id = key.address();
            // The key data of an unknown module contains the key's address at an unknown position.
            named.binary_search(&id.into_word()).is_ok() || unknown.iter().any(|leaf| leaf.mentions(id))
        });
    }
}

/// Sorts words, to be searched.
// The nodes of a `BTreeSet` would cost a page five kilobytes, and a slice's own sort four.
fn sorted(words: Vec<B256>) -> Vec<B256> {
    BinaryHeap::from(words).into_sorted_vec()
}

#[cfg(test)]
mod tests;
