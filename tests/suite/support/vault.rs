use std::sync::Arc;

use alloy::{
    primitives::{Address, B256, keccak256},
    signers::local::PrivateKeySigner,
};
use use_aa::{
    BoxFuture, MemoryStore, SessionKey, SessionStore, StoreError,
    store::{Change, KeyVault, Listener, OpenedKey, SealedKey, StoreLock, Subscription},
};

/// An in-memory store with a key vault, like that of a browser. The vault is only strong enough to show that the
/// library uses one.
#[derive(Clone, Debug)]
pub(crate) struct Vaulted {
    store: Arc<MemoryStore>,
    secret: B256,
}

impl Vaulted {
    pub(crate) fn new() -> Self {
        Self {
            store: Arc::default(),
            secret: PrivateKeySigner::random().to_bytes(),
        }
    }

    /// Returns the same store with another vault.
    pub(crate) fn of_another_browser(&self) -> Self {
        Self {
            secret: PrivateKeySigner::random().to_bytes(),
            ..self.clone()
        }
    }

    /// Returns the raw text of a key in the store, without the vault.
    pub(crate) async fn text(&self, key: &str) -> String {
        self.store.read(key).await.ok().flatten().unwrap_or_default()
    }

    fn pad(&self, address: Address) -> B256 {
        keccak256([self.secret.as_slice(), address.as_slice()].concat())
    }
}

impl SessionStore for Vaulted {
    fn read<'a>(&'a self, key: &'a str) -> BoxFuture<'a, Result<Option<String>, StoreError>> {
        self.store.read(key)
    }

    fn update<'a>(&'a self, key: &'a str, change: Change<'a>) -> BoxFuture<'a, Result<(), StoreError>> {
        self.store.update(key, change)
    }

    fn lock<'a>(&'a self, name: &'a str) -> BoxFuture<'a, Result<StoreLock, StoreError>> {
        self.store.lock(name)
    }

    fn subscribe(&self, listener: Listener) -> Option<Subscription> {
        self.store.subscribe(listener)
    }

    fn vault(&self) -> Option<&dyn KeyVault> {
        Some(self)
    }
}

impl KeyVault for Vaulted {
    fn seal<'a>(&'a self, key: &'a SessionKey) -> BoxFuture<'a, Result<SealedKey, StoreError>> {
        let address = key.address();
        let sealed = B256::from(key.clone()) ^ self.pad(address);
        let bytes = sealed.into();
        Box::pin(async move { Ok(SealedKey { address, bytes }) })
    }

    fn open<'a>(&'a self, sealed: &'a SealedKey) -> BoxFuture<'a, Result<OpenedKey, StoreError>> {
        let address = sealed.address;
        let secret = B256::try_from(&sealed.bytes[..]).map(|sealed| sealed ^ self.pad(address));
        Box::pin(async move {
            let secret = secret.map_err(|_| StoreError::Locked(address))?;
            Ok(OpenedKey::new(secret.0))
        })
    }
}
