use std::fmt;

use alloy::primitives::{Address, Bytes};

use super::StoreError;
use crate::{
    platform::BoxFuture,
    signer::{SessionKey, SessionSigner, SignerError},
};

/// A vault that seals private keys, so that the store alone does not reveal them, and opens them to sign.
///
/// [`SessionStore::vault`](super::SessionStore::vault) returns the vault of a store.
pub trait KeyVault: fmt::Debug + Send + Sync {
    /// Prepares the vault, so that the next key is sealed or opened without delay. The default implementation does
    /// nothing.
    ///
    /// # Errors
    ///
    /// [`StoreError::Unavailable`] if the vault cannot be used on this platform.
    fn ready(&self) -> BoxFuture<'_, Result<(), StoreError>> {
        Box::pin(async { Ok(()) })
    }

    /// Seals a key, so that only this vault can open the result.
    ///
    /// # Errors
    ///
    /// [`StoreError`] if the key cannot be sealed.
    fn seal<'a>(&'a self, key: &'a SessionKey) -> BoxFuture<'a, Result<SealedKey, StoreError>>;

    /// Opens a sealed key.
    ///
    /// # Errors
    ///
    /// [`StoreError::Locked`] if the key was sealed by another vault, or its bytes have changed.
    fn open<'a>(&'a self, sealed: &'a SealedKey) -> BoxFuture<'a, Result<SessionKey, StoreError>>;
}

/// A private key that only the vault that sealed it can read.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SealedKey {
    /// The key's address.
    pub address: Address,
    /// The sealed bytes, in the format of the vault.
    pub bytes: Bytes,
}

/// A session key in its stored form: sealed if the store has a vault, otherwise unencrypted.
#[derive(Clone, Debug)]
pub enum StoredKey {
    /// The unencrypted key.
    Open(SessionKey),
    /// The sealed key.
    Sealed(SealedKey),
}

impl StoredKey {
    /// Returns the key's address.
    #[must_use]
    pub fn address(&self) -> Address {
        match self {
            Self::Open(key) => key.address(),
            Self::Sealed(sealed) => sealed.address,
        }
    }

    /// Converts a key to its stored form: sealed if there is a vault.
    ///
    /// # Errors
    ///
    /// [`StoreError`] if the vault cannot seal the key.
    pub async fn new(key: SessionKey, vault: Option<&dyn KeyVault>) -> Result<Self, StoreError> {
        match vault {
            Some(vault) => vault.seal(&key).await.map(Self::Sealed),
            None => Ok(Self::Open(key)),
        }
    }
}

impl From<SessionKey> for StoredKey {
    fn from(key: SessionKey) -> Self {
        Self::Open(key)
    }
}

/// A signer with a stored key. A sealed key is open only while it signs.
#[derive(Clone, Copy, Debug)]
pub(crate) struct StoredSigner<'a> {
    pub(crate) key: &'a StoredKey,
    pub(crate) vault: Option<&'a dyn KeyVault>,
}

impl SessionSigner for StoredSigner<'_> {
    fn address(&self) -> Address {
        self.key.address()
    }

    fn sign_message<'a>(&'a self, message: &'a [u8]) -> BoxFuture<'a, Result<Bytes, SignerError>> {
        Box::pin(async move {
            match (self.key, self.vault) {
                (StoredKey::Open(key), _) => key.sign(message),
                (StoredKey::Sealed(sealed), Some(vault)) => vault.open(sealed).await?.sign(message),
                (StoredKey::Sealed(sealed), None) => Err(StoreError::Locked(sealed.address).into()),
            }
        })
    }
}
