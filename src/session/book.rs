mod change;
mod damaged;
mod granted;
mod import;
mod keys;
mod listed;
mod noted;
mod session;
mod written;

use std::collections::BTreeSet;

use alloy::primitives::B256;
use serde_json::Value;

pub(crate) use self::{
    change::{TreeChange, Without},
    listed::Grant,
};
use self::{
    damaged::Damaged,
    noted::{Fate, Noted},
};
pub use self::{
    import::{ImportError, Imported},
    listed::{SessionRecord, SessionStatus},
    session::{Session, SessionId},
};
use super::{KeptKey, Leaf, StoreError, Tree};
use crate::contracts::Contracts;

/// All that is known here about an account's sessions: trees by their root, leaves, keys.
///
/// It does not say which session is active. The chain does: the tree whose root it holds is the true one. A grant
/// that was refused or failed leaves a tree behind that the chain never held, and no other tree builds on it.
///
/// # Examples
///
/// ```
/// use alloy::primitives::address;
/// use use_aa::{Contracts, Policy, SessionKey, session::{Book, Tree}};
///
/// let nft = address!("1758f42Af7026fBbB559Dc60EcE0De3ef81f665e");
/// let key = SessionKey::random()?;
/// let leaf = Policy::function(nft, "safeMint(address)")?.leaf(key.address())?;
///
/// let contracts = Contracts::default();
/// let mut book = Book::read(None, &contracts)?;
/// let root = book.grant(&Tree::new([]), Some(key.into()), vec![leaf], 1_700_000_000);
/// let kept = Book::read(Some(&book.to_text()?), &contracts)?;
/// assert_eq!(kept.sessions(root).len(), 1);
/// # Ok::<(), use_aa::Error>(())
/// ```
#[derive(Clone, Debug, Default)]
pub struct Book {
    /// In the order in which they were noted. One that the chain held before may come again.
    trees: Vec<Noted>,
    /// By their hashes.
    leaves: Vec<(B256, Leaf)>,
    keys: Vec<KeptKey>,
    damaged: Damaged,
}

impl Book {
    const VERSION: u32 = 2;
    /// How long a session counts as lasting after its end, in seconds: this clock may be ahead.
    const GRACE: u64 = 86_400;
    /// How many trees are kept of which it is not known whether the chain will hold them.
    const MOST_TREES: usize = 32;
    /// How many leaves the trees have together that the chain held before.
    const MOST_PAST_LEAVES: usize = 512;

    /// The book that a store's text holds; an empty one where there is none. Sessions are told by the modules of these
    /// contracts. Of its entries those that are damaged are set aside, and the rest is read.
    ///
    /// # Errors
    ///
    /// [`StoreError`] when the text as a whole is damaged, or of a newer version.
    pub fn read(text: Option<&str>, contracts: &Contracts) -> Result<Self, StoreError> {
        let Some(text) = text else {
            return Ok(Self::default());
        };
        let damaged = |error: serde_json::Error| StoreError::Damaged(format!("{:?} error", error.classify()));
        let book = serde_json::from_str::<Value>(text).map_err(damaged)?;
        Self::of_written(&book, contracts)
    }

    /// The text that a store keeps.
    ///
    /// # Errors
    ///
    /// [`StoreError::Damaged`] when it cannot be written as JSON.
    pub fn to_text(&self) -> Result<String, StoreError> {
        serde_json::to_string(&self.written()).map_err(|error| StoreError::Damaged(error.to_string()))
    }

    /// An empty book in place of a text that cannot be read. That there was one is told, and nothing of it is kept: keys
    /// may lie open in it.
    pub(crate) fn in_place_of_damaged() -> Self {
        let mut book = Self::default();
        book.damaged.set_aside("text", &Value::Null);
        book
    }

    /// How many entries could not be read, 64 at most. What they say is set aside and stays where the book is kept,
    /// but for keys, which might lie open there, and for what is very long.
    #[must_use]
    pub const fn damaged(&self) -> usize {
        self.damaged.len()
    }

    /// Forgets the entries that could not be read.
    pub fn discard_damaged(&mut self) {
        self.damaged = Damaged::default();
    }

    /// The tree of a root, if it is known here and whole. The tree of the root zero is empty.
    #[must_use]
    pub fn tree(&self, root: B256) -> Option<Tree> {
        if root.is_zero() {
            return Some(Tree::new([]));
        }
        let tree = Tree::new(self.noted(root)?.leaves.iter().copied());
        (tree.root() == root).then_some(tree)
    }

    /// The root that the chain held when it was asked to hold this one, if that is known.
    pub(crate) fn base(&self, root: B256) -> Option<B256> {
        self.noted(root)?.base
    }

    fn noted(&self, root: B256) -> Option<&Noted> {
        self.position(root).map(|at| &self.trees[at])
    }

    /// Notes a tree that holds all leaves of another that have not ended, and new ones; and their key, unless that
    /// is kept elsewhere. Gives its root. `now` is in seconds since 1970.
    pub fn grant(&mut self, base: &Tree, key: Option<KeptKey>, leaves: Vec<Leaf>, now: u64) -> B256 {
        let change = TreeChange {
            leaves,
            key,
            ..TreeChange::default()
        };
        self.note(base.root(), base, change, now, None).0
    }

    /// Notes a tree that holds all leaves of another that have not ended, but for a change, and the place of its
    /// grant in the row of all grants. The other is that of the root on chain, or an empty one where that is not known.
    /// Gives its root and whether no such grant was noted before: it may have been signed already.
    pub(crate) fn note(
        &mut self,
        on_chain: B256,
        base: &Tree,
        change: TreeChange,
        now: u64,
        sequence: Option<u64>,
    ) -> (B256, bool) {
        let ended = now.saturating_sub(Self::GRACE);
        let lasting = base.leaves().iter().copied().filter(|hash| {
            let leaf = self.leaf(hash);
            let has_ended = leaf.is_some_and(|leaf| leaf.interval().has_ended(ended));
            !has_ended && !change.without.has(leaf)
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

    /// Notes a tree after the one that it replaces, unless it is that one. Gives whether its grant was not noted before.
    fn push(&mut self, base: B256, root: B256, leaves: Vec<B256>, sequence: Option<u64>) -> bool {
        if root == base && self.position(root).is_some() {
            return false;
        }
        let is_again = |noted: &Noted| noted.root == root && noted.fate == Fate::Noted;
        let again = self.trees.iter().position(is_again);
        match again {
            Some(at) => {
                self.trees.remove(at);
            }
            None => self.make_room(base),
        }
        self.trees.push(Noted {
            root,
            base: Some(base),
            sequence,
            fate: Fate::Noted,
            leaves,
        });
        again.is_none()
    }

    /// Forgets a grant that was never made: its tree, and what only it had.
    pub fn forget(&mut self, root: B256) {
        if let Some(at) = self.open(root) {
            self.trees.remove(at);
        }
        self.sweep();
    }

    /// Notes that a grant failed, or never will be made: its keys are forgotten, and that there were such sessions is
    /// not. What the chain holds has not failed.
    pub fn fail(&mut self, root: B256) {
        match self.open(root) {
            // Should all sessions end after all, it is not known to be from here.
            Some(at) if self.trees[at].leaves.is_empty() => {
                self.trees.remove(at);
            }
            Some(at) => self.trees[at].fate = Fate::Failed,
            None => {}
        }
        self.sweep();
    }

    /// The last grant of a root, if it is not known what became of it.
    fn open(&self, root: B256) -> Option<usize> {
        self.position(root)
            .filter(|at| self.trees[*at].fate == Fate::Noted)
    }

    /// Notes that the chain holds a root, and forgets the keys that can no longer be of use: grants run in sequence,
    /// so no tree noted before it can become true. Those noted after it still may.
    pub fn settle(&mut self, root: B256) {
        let Some(held) = self.position(root) else { return };
        self.trees[held].fate = Fate::Held;
        // After a reorganization the chain may hold an earlier tree again.
        for later in &mut self.trees[held + 1..] {
            if later.fate == Fate::Held {
                later.fate = Fate::Noted;
            }
        }
        let sizes = self.trees[..held].iter().rev().scan(0, |sum, noted| {
            *sum += noted.leaves.len().max(1);
            Some(*sum)
        });
        let kept = sizes.take_while(|sum| *sum <= Self::MOST_PAST_LEAVES).count();
        self.trees.drain(..held - kept);
        self.sweep();
    }

    /// Notes that the chain holds a root that was set elsewhere, if the next grant's place in the row of all shows that
    /// it was set after the last tree which the chain was seen to hold. A node that lags tells an earlier root as well,
    /// but of no later grant.
    fn supersede(&mut self, root: B256, next: u64) {
        let held = self.held().filter(|_| self.is_superseded(root, next));
        let Some(held) = held else { return };
        let elsewhere = Noted {
            root,
            // Nobody ends all sessions but the owner.
            base: root.is_zero().then_some(self.trees[held].root),
            sequence: Some(next - 1),
            fate: Fate::Held,
            leaves: self
                .noted(root)
                .map_or_else(Vec::new, |noted| noted.leaves.clone()),
        };
        self.trees.insert(held + 1, elsewhere);
        self.settle(root);
    }

    /// Whether that is so, and not noted yet.
    fn is_superseded(&self, root: B256, next: u64) -> bool {
        let last = self.held().and_then(|held| self.trees[held].sequence);
        let is_passed = |last: u64| last.saturating_add(1) < next;
        self.is_in_doubt(root) && last.is_some_and(is_passed)
    }

    /// Whether a root is not that of the last tree that the chain was seen to hold, nor of one that is noted after it.
    pub(crate) fn is_in_doubt(&self, root: B256) -> bool {
        let is_before = |held| self.position(root).is_none_or(|at| at < held);
        self.held().is_some_and(is_before)
    }

    /// Notes that the chain came to hold a root: it does, or has held it, where it was seen to hold a later one.
    pub(crate) fn include(&mut self, root: B256, now: u64) {
        match self.position(root) {
            Some(at) if self.held().is_some_and(|held| held > at) => self.trees[at].fate = Fate::Held,
            _ => self.settle(root),
        }
        self.expire(now);
    }

    /// Notes that the chain holds a root, also one that was [set elsewhere](Self::supersede), and forgets the keys of
    /// sessions that have ended.
    pub(crate) fn tidy(&mut self, root: B256, next: u64, now: u64) {
        self.supersede(root, next);
        self.settle(root);
        self.expire(now);
    }

    /// Whether that is done already.
    pub(crate) fn is_tidy(&self, root: B256, next: u64, now: u64) -> bool {
        self.is_settled(root) && !self.is_superseded(root, next) && self.spent_keys(now).is_empty()
    }

    /// Whether it is noted already that the chain holds a root, if that is known here at all.
    pub(crate) fn is_settled(&self, root: B256) -> bool {
        self.position(root).is_none_or(|held| self.held() == Some(held))
    }

    /// Where a tree was last noted.
    fn position(&self, root: B256) -> Option<usize> {
        self.trees.iter().rposition(|noted| noted.root == root)
    }

    /// The last tree that the chain was seen to hold.
    fn held(&self) -> Option<usize> {
        self.trees.iter().rposition(|noted| noted.fate == Fate::Held)
    }

    /// How many grants were made elsewhere since the last one that is known here, when the next one is to be of this
    /// place in the row of all. A root that is not known here is that of one at least.
    pub(crate) fn grants_elsewhere(&self, next: u64) -> u64 {
        let is_known = |noted: &&Noted| noted.fate != Fate::Failed && self.tree(noted.root).is_some();
        let known = self.trees.iter().filter(is_known);
        let last = known
            .filter_map(|noted| noted.sequence)
            .filter(|sequence| *sequence < next)
            .max();
        let after = last.map_or(0, |last| last + 1);
        next.saturating_sub(after).max(1)
    }

    /// Forgets the oldest trees when there are too many, but not the one that the next builds on.
    fn make_room(&mut self, base: B256) {
        let (kept, mut place) = (self.position(base), 0..);
        let mut excess = (self.trees.len() + 1).saturating_sub(Self::MOST_TREES);
        self.trees.retain(|_| {
            let goes = excess > 0 && place.next() != kept;
            excess -= usize::from(goes);
            !goes
        });
    }

    /// Forgets leaves of no tree, and keys of no leaf that the chain holds or may hold yet.
    fn sweep(&mut self) {
        let hashes = |trees: &[Noted], fates: &[Fate]| {
            let trees = trees.iter().filter(|noted| fates.contains(&noted.fate));
            trees
                .flat_map(|noted| noted.leaves.iter().copied())
                .collect::<BTreeSet<_>>()
        };
        let all = hashes(&self.trees, &[Fate::Noted, Fate::Held, Fate::Failed]);
        let open = hashes(
            &self.trees[self.held().unwrap_or(0)..],
            &[Fate::Noted, Fate::Held],
        );
        self.leaves.retain(|(hash, _)| all.contains(hash));
        let open = self.leaves.iter().filter(|(hash, _)| open.contains(hash));
        let (known, unknown): (Vec<_>, Vec<_>) = open
            .map(|(_, leaf)| (leaf.key(), leaf))
            .partition(|(key, _)| key.is_some());
        let named = known
            .into_iter()
            .filter_map(|(key, _)| key)
            .collect::<BTreeSet<_>>();
        self.keys.retain(|key| {
            let id = key.address();
            // What an unknown module reads has its key somewhere.
            named.contains(&id) || unknown.iter().any(|(_, leaf)| leaf.mentions(id))
        });
    }
}

#[cfg(test)]
mod tests;
