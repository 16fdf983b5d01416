use std::fmt;

use alloy::primitives::{Address, Bytes};
use zeroize::Zeroizing;

use super::StoreError;
use crate::{
    platform::BoxFuture,
    signer::{SessionKey, SessionSigner, SignerError},
};

/// A vault that seals private keys, so that the store alone does not reveal them, and opens them to sign.
///
/// [`SessionStore::vault`](super::SessionStore::vault) returns the vault of a store.
pub trait KeyVault: Send + Sync {
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
    fn open<'a>(&'a self, sealed: &'a SealedKey) -> BoxFuture<'a, Result<OpenedKey, StoreError>>;
}

/// Writes the name of the trait: what an app implements may hold secrets.
impl fmt::Debug for dyn KeyVault + '_ {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("KeyVault")
    }
}

/// A private key that only the vault that sealed it can read.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SealedKey {
    /// The key's address.
    pub address: Address,
    /// The sealed bytes, in the format of the vault.
    pub bytes: Bytes,
}

/// The secret of a key that a vault has opened, which is wiped when dropped.
///
/// # Examples
///
/// ```
/// use alloy::primitives::{Address, B256};
/// use use_aa::{SessionKey, StoreError, store::OpenedKey};
///
/// let key = SessionKey::random()?;
/// let secret = B256::from(key.clone()).0;
/// assert_eq!(OpenedKey::new(secret).of(key.address())?.address(), key.address());
/// assert_eq!(OpenedKey::new(secret).of(Address::ZERO).err(), Some(StoreError::Locked(Address::ZERO)));
/// # Ok::<(), use_aa::Error>(())
/// ```
// No `SessionKey`: a store would link the curve into every page that names it.
pub struct OpenedKey(Zeroizing<[u8; 32]>);

impl OpenedKey {
    /// Creates the opened key from its secret.
    pub fn new(secret: impl Into<Zeroizing<[u8; 32]>>) -> Self {
        Self(secret.into())
    }

    /// Returns the session key of an address.
    ///
    /// # Errors
    ///
    /// [`StoreError::Locked`] if the secret is that of another address.
    pub fn of(&self, address: Address) -> Result<SessionKey, StoreError> {
        let key = SessionKey::of_secret(&self.0).ok();
        let key = key.filter(|key| key.address() == address);
        key.ok_or(StoreError::Locked(address))
    }
}

impl fmt::Debug for OpenedKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("OpenedKey")
    }
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
                (StoredKey::Sealed(sealed), Some(vault)) => {
                    let opened = vault.open(sealed).await?;
                    opened.of(sealed.address)?.sign(message)
                }
                (StoredKey::Sealed(sealed), None) => Err(StoreError::Locked(sealed.address).into()),
            }
        })
    }
}
