use alloy::primitives::{Address, B256};

use super::{Fate, Ledger, RecordedTree};
use crate::{
    permission::Interval,
    platform::Json,
    session::{
        ImportError, SessionEvent, SessionState,
        merkle::{Leaf, MerkleContracts, tree::roots},
    },
    signer::SessionKey,
    store::StoredKey,
};

/// The sessions that `@biconomy/account` 4 stored for an account, in its order. `Debug` hides the keys.
///
/// # Examples
///
/// ```
/// use alloy::primitives::b256;
/// use use_aa::session::merkle::{Ledger, Imported};
///
/// let sessions = concat!(
///     r#"{"leafNodes":[{"validUntil":0,"validAfter":0,"#,
///     r#""sessionValidationModule":"0x000000D50C68705bd6897B2d17c7de32FB519fDA","sessionKeyData":"0x"#,
///     "0000000000000000000000008b5e820ae41bab9bddc5dd0eb61ac8bfb3973970", // session key
///     "000000000000000000000000bf3fcca00cb27cc672543d93b90c7026f48b8e32", // token
///     "00000000000000000000000037cb263798cba315b181fb6f99b70487e7eb1dd7", // recipient
///     "00000000000000000000000000000000000000ae2188281b8fa1f1e0c65cd78f", // most for each transfer
///     r#""}]}"#,
/// );
/// let on_chain = b256!("29480cb62dc7a3a33aa32546dd9a3e66211d24dc8aaa1c5bd6f198c1aa019081");
///
/// let mut ledger = Ledger::default();
/// ledger.import(Imported::read(sessions, "")?, on_chain);
/// assert_eq!(ledger.all_sessions(on_chain).len(), 1);
/// # Ok::<(), use_aa::ImportError>(())
/// ```
#[derive(Clone, Debug)]
pub struct Imported {
    leaves: Vec<Leaf>,
    keys: Vec<StoredKey>,
}

impl Imported {
    /// Parses the texts stored under `<account>_sessions` and `<account>_signers`. An empty text means no entries.
    ///
    /// # Errors
    ///
    /// [`ImportError`] if a text or a single session in it is damaged: every session is part of the tree that proves
    /// all others.
    ///
    /// # Examples
    ///
    /// ```
    /// use use_aa::{ImportError, session::merkle::Imported};
    ///
    /// let kept = Imported::read(r#"{"merkleRoot":"","leafNodes":[]}"#, "{}")?;
    /// assert_eq!(kept.leaves(), []);
    /// assert_eq!(Imported::read("<html>", "{}").err(), Some(ImportError::Sessions));
    /// # Ok::<(), ImportError>(())
    /// ```
    pub fn read(sessions: &str, signers: &str) -> Result<Self, ImportError> {
        Ok(Self {
            leaves: leaves(sessions)?,
            keys: keys(signers)?,
        })
    }

    /// Returns the sessions with the validation modules of these contracts as the only known ones. The default is
    /// Biconomy's own deployment.
    #[must_use]
    pub fn known_by(mut self, contracts: &MerkleContracts) -> Self {
        let leaves = self.leaves.into_iter().map(|leaf| leaf.known_by(contracts));
        self.leaves = leaves.collect();
        self
    }

    /// Returns the keys that no vault has sealed.
    pub(in crate::session) fn open_keys(&self) -> Vec<SessionKey> {
        let open = self.keys.iter().filter_map(|key| match key {
            StoredKey::Open(key) => Some(key.clone()),
            StoredKey::Sealed(_) => None,
        });
        open.collect()
    }

    /// Returns the sessions with their keys in another stored form.
    pub(in crate::session) fn with_keys(self, keys: Vec<StoredKey>) -> Self {
        Self { keys, ..self }
    }

    /// Returns the leaves of all granted or requested permissions, including those of failed grants.
    #[must_use]
    pub fn leaves(&self) -> &[Leaf] {
        &self.leaves
    }
}

impl Ledger {
    /// Imports the sessions of `@biconomy/account` into the ledger, for the root that is on chain.
    ///
    /// That library keeps the leaves of failed grants and puts them into its next tree. The tree on chain is therefore
    /// a tree over the first leaves, in unknown number. The ledger records that tree and the tree over all leaves:
    /// its grant may be pending. If only this ledger has a tree for the root, the import adds missing keys for that
    /// tree and nothing else.
    pub fn import(&mut self, imported: Imported, root: B256) {
        let hashes = imported.leaves.iter().map(Leaf::hash).collect::<Vec<_>>();
        let roots = roots(&hashes).collect::<Vec<_>>();
        let held = roots.iter().rposition(|other| *other == root);
        let ours = held.is_none() && self.tree(root).is_some() && !root.is_zero();

        let last = roots.len().checked_sub(1).filter(|_| !ours);
        let recorded = [held, last.filter(|last| held != Some(*last))];
        let recorded = recorded.into_iter().flatten().map(|at| RecordedTree {
            root: roots[at],
            base: None,
            sequence: None,
            fate: Fate::Recorded,
            leaves: hashes[..=at].to_vec(),
        });
        let recorded = recorded.collect::<Vec<_>>();
        self.trees
            .retain(|known| recorded.iter().all(|recorded| recorded.root != known.root));
        // The place is after the trees that were on chain before and in front of pending ones, so that the import
        // invalidates none of them.
        let place = self.on_chain().map_or(0, |held| held + 1);
        self.trees.splice(place..place, recorded);

        for (hash, leaf) in hashes.into_iter().zip(imported.leaves) {
            if self.leaf(&hash).is_none() {
                self.leaves.push((hash, leaf));
            }
        }
        for key in imported.keys {
            if self.key(key.address()).is_none() {
                self.keys.push(key);
            }
        }
        // Only the trees before the one on chain have ended.
        let state = SessionState::of(root);
        self.apply(SessionEvent::Observed { state, next: 0 }, 0);
    }
}

fn leaves(sessions: &str) -> Result<Vec<Leaf>, ImportError> {
    if sessions.is_empty() {
        return Ok(Vec::new());
    }
    let sessions = Json::parse(sessions).map_err(|_| ImportError::Sessions)?;
    let nodes = sessions["leafNodes"].members().ok_or(ImportError::Sessions)?;
    let leaf = |(number, node)| leaf(node).ok_or(ImportError::Session(number));
    nodes.iter().enumerate().map(leaf).collect()
}

fn leaf(node: &Json) -> Option<Leaf> {
    let interval = Interval {
        valid_after: node["validAfter"].as_u64()?,
        valid_until: node["validUntil"].as_u64()?,
    };
    let module = node["sessionValidationModule"].parsed()?;
    Leaf::new(interval, module, node["sessionKeyData"].parsed()?).ok()
}

fn keys(signers: &str) -> Result<Vec<StoredKey>, ImportError> {
    if signers.is_empty() {
        return Ok(Vec::new());
    }
    let signers = Json::parse(signers).map_err(|_| ImportError::Signers)?;
    let signers = signers.fields().ok_or(ImportError::Signers)?;
    let key = |(address, signer): &(String, Json)| {
        let address = address.parse().map_err(|_| ImportError::Signers)?;
        let key = key(address, signer).ok_or(ImportError::Signer(address))?;
        Ok(key.into())
    };
    signers.iter().map(key).collect()
}

fn key(address: Address, signer: &Json) -> Option<SessionKey> {
    let key = SessionKey::try_from(signer["pvKey"].parsed::<B256>()?).ok()?;
    (key.address() == address).then_some(key)
}

#[cfg(test)]
mod tests;
