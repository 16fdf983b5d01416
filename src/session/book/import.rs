use alloy::primitives::{Address, B256};
use serde_json::Value;

use super::{Book, Fate, Noted};
use crate::{
    contracts::Contracts,
    session::{Interval, KeptKey, KeyVault, Leaf, SessionKey, StoreError, leaf::hex, tree::roots},
};

/// The sessions that `@biconomy/account` 4 stored for an account, in its order. `Debug` hides the keys.
///
/// # Examples
///
/// ```
/// use alloy::primitives::b256;
/// use use_aa::session::{Book, Imported};
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
/// let mut book = Book::default();
/// book.import(Imported::read(sessions, "")?, on_chain);
/// assert_eq!(book.all_sessions(on_chain).len(), 1);
/// # Ok::<(), use_aa::session::ImportError>(())
/// ```
#[derive(Clone, Debug)]
pub struct Imported {
    leaves: Vec<Leaf>,
    keys: Vec<KeptKey>,
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
    /// use use_aa::session::{ImportError, Imported};
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
    pub fn known_by(mut self, contracts: &Contracts) -> Self {
        let leaves = self.leaves.into_iter().map(|leaf| leaf.known_by(contracts));
        self.leaves = leaves.collect();
        self
    }

    /// Returns the sessions with their keys sealed, if there is a vault.
    ///
    /// # Errors
    ///
    /// [`StoreError`] if the vault cannot seal a key.
    pub async fn sealed_by(mut self, vault: Option<&dyn KeyVault>) -> Result<Self, StoreError> {
        for kept in &mut self.keys {
            if let KeptKey::Open(key) = &kept {
                *kept = KeptKey::new(key.clone(), vault).await?;
            }
        }
        Ok(self)
    }

    /// Returns the leaves of all granted or requested permissions, including those of failed grants.
    #[must_use]
    pub fn leaves(&self) -> &[Leaf] {
        &self.leaves
    }
}

impl Book {
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
        let noted = [held, last.filter(|last| held != Some(*last))];
        let noted = noted.into_iter().flatten().map(|at| Noted {
            root: roots[at],
            base: None,
            sequence: None,
            fate: Fate::Noted,
            leaves: hashes[..=at].to_vec(),
        });
        let noted = noted.collect::<Vec<_>>();
        self.trees
            .retain(|known| noted.iter().all(|noted| noted.root != known.root));
        // The place is after the trees that were on chain before and in front of pending ones, so that the import
        // invalidates none of them.
        let place = self.held().map_or(0, |held| held + 1);
        self.trees.splice(place..place, noted);

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
        self.settle(root);
        self.sweep();
    }
}

/// The error of an import from `@biconomy/account`, which leaves the ledger unchanged.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum ImportError {
    /// The text of the sessions cannot be read.
    #[error("the text under `<account>_sessions` is damaged: it must be JSON with a list of `leafNodes`")]
    Sessions,
    /// A session is incomplete.
    #[error(
        "number {0} of the `leafNodes` under `<account>_sessions` is damaged: it must have `validUntil`, \
         `validAfter`, `sessionValidationModule` and `sessionKeyData`, and none can be left out"
    )]
    Session(usize),
    /// The text of the keys cannot be read.
    #[error("the text under `<account>_signers` is damaged: it must be JSON with a key for each address")]
    Signers,
    /// A key is invalid, or belongs to another address.
    #[error(
        "the signer {0} under `<account>_signers` is damaged: its `pvKey` must be the key of this address"
    )]
    Signer(Address),
}

impl ImportError {
    /// Returns the stable code of the error: a row of the [table](crate::guide::errors).
    ///
    /// # Examples
    ///
    /// ```
    /// use use_aa::ImportError;
    ///
    /// assert_eq!(ImportError::Sessions.code(), "import.malformed_sessions");
    /// ```
    #[must_use]
    pub const fn code(&self) -> &'static str {
        match self {
            Self::Sessions => "import.malformed_sessions",
            Self::Session(_) => "import.malformed_session",
            Self::Signers => "import.malformed_signers",
            Self::Signer(_) => "import.malformed_signer",
        }
    }
}

fn leaves(sessions: &str) -> Result<Vec<Leaf>, ImportError> {
    if sessions.is_empty() {
        return Ok(Vec::new());
    }
    let sessions = serde_json::from_str::<Value>(sessions).map_err(|_| ImportError::Sessions)?;
    let nodes = sessions["leafNodes"].as_array().ok_or(ImportError::Sessions)?;
    let leaf = |(number, node)| leaf(node).ok_or(ImportError::Session(number));
    nodes.iter().enumerate().map(leaf).collect()
}

fn leaf(node: &Value) -> Option<Leaf> {
    let interval = Interval {
        valid_after: node["validAfter"].as_u64()?,
        valid_until: node["validUntil"].as_u64()?,
    };
    let module = hex(&node["sessionValidationModule"])?;
    Leaf::new(interval, module, hex(&node["sessionKeyData"])?).ok()
}

fn keys(signers: &str) -> Result<Vec<KeptKey>, ImportError> {
    if signers.is_empty() {
        return Ok(Vec::new());
    }
    let signers = serde_json::from_str::<Value>(signers).map_err(|_| ImportError::Signers)?;
    let signers = signers.as_object().ok_or(ImportError::Signers)?;
    let key = |(address, signer): (&String, &Value)| {
        let address = address.parse().map_err(|_| ImportError::Signers)?;
        let key = key(address, signer).ok_or(ImportError::Signer(address))?;
        Ok(key.into())
    };
    signers.iter().map(key).collect()
}

fn key(address: Address, signer: &Value) -> Option<SessionKey> {
    let key = SessionKey::try_from(hex::<B256>(&signer["pvKey"])?).ok()?;
    (key.address() == address).then_some(key)
}

#[cfg(test)]
mod tests;
