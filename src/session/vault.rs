use std::fmt;

use alloy::primitives::{Address, Bytes};

use super::{SessionKey, SessionSigner, SignerError, StoreError};
use crate::platform::BoxFuture;

/// Who makes private keys unreadable to whoever has nothing but the store, and readable again to sign.
///
/// A store that has one is given by [`SessionStore::vault`](super::SessionStore::vault).
pub trait KeyVault: fmt::Debug + Send + Sync {
    /// Makes it ready, so that the next key is sealed or opened at once. The default does nothing.
    ///
    /// # Errors
    ///
    /// [`StoreError::Unavailable`] when it cannot be used here.
    fn ready(&self) -> BoxFuture<'_, Result<(), StoreError>> {
        Box::pin(async { Ok(()) })
    }

    /// A key that only this vault can open.
    ///
    /// # Errors
    ///
    /// [`StoreError`] when it cannot be sealed.
    fn seal<'a>(&'a self, key: &'a SessionKey) -> BoxFuture<'a, Result<SealedKey, StoreError>>;

    /// The key that was sealed.
    ///
    /// # Errors
    ///
    /// [`StoreError::Locked`] when it was sealed by another vault, or changed since.
    fn open<'a>(&'a self, sealed: &'a SealedKey) -> BoxFuture<'a, Result<SessionKey, StoreError>>;
}

/// A private key that nobody can read but the vault that sealed it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SealedKey {
    /// The key's address.
    pub address: Address,
    /// What the vault needs to open it.
    pub bytes: Bytes,
}

/// A session's key as it is kept: sealed where the store has a vault, else as it is.
#[derive(Clone, Debug)]
pub enum KeptKey {
    /// The key itself.
    Open(SessionKey),
    /// The key for whoever can open it.
    Sealed(SealedKey),
}

impl KeptKey {
    /// The key's address.
    #[must_use]
    pub fn address(&self) -> Address {
        match self {
            Self::Open(key) => key.address(),
            Self::Sealed(sealed) => sealed.address,
        }
    }

    /// A key as a vault, if there is one, wants it to be kept.
    ///
    /// # Errors
    ///
    /// [`StoreError`] when the vault cannot seal it.
    pub async fn new(key: SessionKey, vault: Option<&dyn KeyVault>) -> Result<Self, StoreError> {
        match vault {
            Some(vault) => vault.seal(&key).await.map(Self::Sealed),
            None => Ok(Self::Open(key)),
        }
    }
}

impl From<SessionKey> for KeptKey {
    fn from(key: SessionKey) -> Self {
        Self::Open(key)
    }
}

/// Signs with a kept key, which is open no longer than that takes.
#[derive(Clone, Copy, Debug)]
pub(crate) struct KeptSigner<'a> {
    pub(crate) key: &'a KeptKey,
    pub(crate) vault: Option<&'a dyn KeyVault>,
}

impl SessionSigner for KeptSigner<'_> {
    fn address(&self) -> Address {
        self.key.address()
    }

    fn sign_message<'a>(&'a self, message: &'a [u8]) -> BoxFuture<'a, Result<Bytes, SignerError>> {
        Box::pin(async move {
            match (self.key, self.vault) {
                (KeptKey::Open(key), _) => key.sign(message),
                (KeptKey::Sealed(sealed), Some(vault)) => vault.open(sealed).await?.sign(message),
                (KeptKey::Sealed(sealed), None) => Err(StoreError::Locked(sealed.address).into()),
            }
        })
    }
}
