mod import;
mod written;

use alloy::primitives::{Address, B256};
use serde_json::Value;

pub use self::import::{ImportError, Imported};
use super::{Leaf, ProvenLeaf, SessionKey, StoreError, Tree, Violation};
use crate::{contracts::Contracts, primitives::Call};

/// A session's name: the address of its key, which no other session has.
pub type SessionId = Address;

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
/// let root = book.grant(&Tree::new([]), Some(key), vec![leaf], 1_700_000_000);
/// let kept = Book::read(Some(&book.to_text()?), &contracts)?;
/// assert_eq!(kept.sessions(root).len(), 1);
/// # Ok::<(), use_aa::Error>(())
/// ```
#[derive(Clone, Debug, Default)]
pub struct Book {
    /// In the order in which they were noted.
    trees: Vec<Noted>,
    /// By their hashes.
    leaves: Vec<(B256, Leaf)>,
    keys: Vec<SessionKey>,
}

/// A tree that the chain holds, held or was asked to hold.
#[derive(Clone, Debug)]
struct Noted {
    root: B256,
    leaves: Vec<B256>,
}

impl Book {
    const VERSION: u32 = 1;
    /// How long a session counts as lasting after its end, in seconds: this clock may be ahead.
    const GRACE: u64 = 86_400;
    /// How many trees are kept of which it is not known whether the chain will hold them.
    const MOST_TREES: usize = 32;

    /// The book that a store's text holds; an empty one where there is none. Sessions are told by the modules of these
    /// contracts.
    ///
    /// # Errors
    ///
    /// [`StoreError`] when the text is damaged or of a newer version.
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

    /// The tree of a root, if it is known here and whole. The tree of the root zero is empty.
    #[must_use]
    pub fn tree(&self, root: B256) -> Option<Tree> {
        if root.is_zero() {
            return Some(Tree::new([]));
        }
        let noted = self.trees.iter().find(|noted| noted.root == root)?;
        let tree = Tree::new(noted.leaves.iter().copied());
        (tree.root() == root).then_some(tree)
    }

    /// Notes a tree that holds all leaves of another that have not ended, and new ones; and their key, unless that
    /// is kept elsewhere. Gives its root. `now` is in seconds since 1970.
    pub fn grant(&mut self, base: &Tree, key: Option<SessionKey>, leaves: Vec<Leaf>, now: u64) -> B256 {
        self.note(base, key, leaves, now).0
    }

    /// As [`grant`](Self::grant). Tells as well whether the tree was not noted before: the same grant may have been
    /// signed already.
    pub(crate) fn note(
        &mut self,
        base: &Tree,
        key: Option<SessionKey>,
        leaves: Vec<Leaf>,
        now: u64,
    ) -> (B256, bool) {
        let ended = now.saturating_sub(Self::GRACE);
        let lasting = base.leaves().iter().copied().filter(|hash| {
            let leaf = self.leaf(hash);
            leaf.is_none_or(|leaf| !leaf.interval().has_ended(ended))
        });
        let hashes = lasting.chain(leaves.iter().map(Leaf::hash)).collect::<Vec<_>>();
        let root = Tree::new(hashes.iter().copied()).root();
        let known = self.trees.iter().position(|noted| noted.root == root);
        match known {
            // It is to come after the tree that it builds on.
            Some(at) => self.trees[at..].rotate_left(1),
            None => {
                self.make_room(base.root());
                self.trees.push(Noted { root, leaves: hashes });
            }
        }
        self.leaves
            .extend(leaves.into_iter().map(|leaf| (leaf.hash(), leaf)));
        self.keys
            .extend(key.filter(|key| self.key(key.address()).is_none()));
        self.sweep();
        (root, known.is_none())
    }

    /// Forgets a grant that was never made: its tree, and what only it had.
    pub fn forget(&mut self, root: B256) {
        self.trees.retain(|noted| noted.root != root);
        self.sweep();
    }

    /// Forgets what can no longer be true once the chain holds a root, with its keys: grants run in sequence, so no tree
    /// noted before it can become true. Those noted after it still may.
    pub fn settle(&mut self, root: B256) {
        let held = self.trees.iter().position(|noted| noted.root == root);
        self.trees.drain(..held.unwrap_or(0));
        self.sweep();
    }

    /// Forgets the oldest trees when there are too many, but not the one that the next builds on.
    fn make_room(&mut self, base: B256) {
        while self.trees.len() >= Self::MOST_TREES {
            let oldest = usize::from(self.trees[0].root == base);
            self.trees.remove(oldest);
        }
    }

    /// Forgets leaves of no tree, and keys of no leaf.
    fn sweep(&mut self) {
        let trees = &self.trees;
        self.leaves
            .retain(|(hash, _)| trees.iter().any(|noted| noted.leaves.contains(hash)));
        let (known, unknown): (Vec<_>, Vec<_>) =
            self.leaves.iter().partition(|(_, leaf)| leaf.key().is_some());
        let named = known.iter().filter_map(|(_, leaf)| leaf.key());
        let named = named.collect::<Vec<_>>();
        // What an unknown module reads has its key somewhere.
        let may_be_named = |key: Address| unknown.iter().any(|(_, leaf)| leaf.mentions(key));
        self.keys
            .retain(|key| named.contains(&key.address()) || may_be_named(key.address()));
    }

    fn leaf(&self, hash: &B256) -> Option<&Leaf> {
        let found = self.leaves.iter().find(|(other, _)| other == hash);
        found.map(|(_, leaf)| leaf)
    }

    /// The sessions under a root whose keys are here, in the order of their grants.
    #[must_use]
    pub fn sessions(&self, root: B256) -> Vec<Session> {
        let mut sessions = self.all_sessions(root);
        sessions.retain(|session| self.key(session.id).is_some());
        sessions
    }

    /// The sessions under a root, whoever has their keys, in the order of their grants.
    #[must_use]
    pub fn all_sessions(&self, root: B256) -> Vec<Session> {
        let mut sessions: Vec<Session> = Vec::new();
        let tree = self.tree(root);
        let leaves = tree
            .iter()
            .flat_map(Tree::leaves)
            .filter_map(|hash| self.leaf(hash));
        for leaf in leaves {
            let Some(id) = leaf.key() else { continue };
            match sessions.iter_mut().find(|session| session.id == id) {
                Some(session) => session.leaves.push(leaf.clone()),
                None => sessions.push(Session {
                    id,
                    leaves: vec![leaf.clone()],
                }),
            }
        }
        sessions
    }

    /// The key of a session.
    #[must_use]
    pub fn key(&self, id: SessionId) -> Option<&SessionKey> {
        self.keys.iter().find(|key| key.address() == id)
    }

    /// A leaf together with its proof under a root.
    #[must_use]
    pub fn prove(&self, root: B256, leaf: &Leaf) -> Option<ProvenLeaf> {
        let proof = self.tree(root)?.proof(leaf.hash())?;
        Some(ProvenLeaf {
            leaf: leaf.clone(),
            proof,
        })
    }
}

/// One session: a key, and what it was granted.
///
/// # Examples
///
/// ```
/// use alloy::primitives::{address, bytes};
/// use use_aa::{Call, Policy, SessionKey, Violation, session::{Book, Tree}};
///
/// let nft = address!("1758f42Af7026fBbB559Dc60EcE0De3ef81f665e");
/// let (key, now) = (SessionKey::random()?, 1_700_000_000);
/// let leaf = Policy::function(nft, "safeMint(address)")?.leaf(key.address())?;
/// let mut book = Book::default();
/// let root = book.grant(&Tree::new([]), Some(key), vec![leaf], now);
///
/// let session = &book.sessions(root)[0];
/// assert!(session.allows(&Call::raw(nft, bytes!("40d097c3")), now).is_ok());
/// let refused = session.allows(&Call::raw(nft, bytes!("a9059cbb")), now);
/// assert!(matches!(refused, Err(Violation::Function { .. })));
/// # Ok::<(), use_aa::Error>(())
/// ```
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct Session {
    /// Its name, the address of its key.
    pub id: SessionId,
    /// What it was granted, one leaf for each permission.
    pub leaves: Vec<Leaf>,
}

impl Session {
    /// The leaf that lets a call pass at a moment, in seconds since 1970.
    ///
    /// # Errors
    ///
    /// The [`Violation`] of the leaf that comes nearest: the one for this contract and function, if there is one.
    pub fn allows(&self, call: &Call, now: u64) -> Result<&Leaf, Violation> {
        let allowing = self.leaves.iter().find(|leaf| leaf.allows(call, now).is_ok());
        match (allowing, self.nearest(call)) {
            (Some(leaf), _) => Ok(leaf),
            (None, Some(leaf)) => leaf.allows(call, now).map(|()| leaf),
            (None, None) => Err(Violation::Nothing),
        }
    }

    /// The leaf for a call's contract and function, else any.
    #[must_use]
    pub fn nearest(&self, call: &Call) -> Option<&Leaf> {
        let near = self.leaves.iter().find(|leaf| leaf.is_near(call));
        near.or_else(|| self.leaves.first())
    }

    /// Whether it has a leaf for a call's contract and function.
    #[must_use]
    pub fn is_near(&self, call: &Call) -> bool {
        self.leaves.iter().any(|leaf| leaf.is_near(call))
    }
}

#[cfg(test)]
mod tests;
