//! The stores of session data. A vault seals the session keys in a store.

#[cfg(feature = "file-store")]
mod file;
mod vault;

use std::{
    any::Any,
    fmt,
    sync::{Arc, Mutex, PoisonError, Weak},
};

use alloy::primitives::Address;
use futures::lock::Mutex as AsyncMutex;

#[cfg(feature = "file-store")]
pub use self::file::FileStore;
pub(crate) use self::vault::StoredSigner;
pub use self::vault::{KeyVault, OpenedKey, SealedKey, StoredKey};
use crate::{
    platform::{BoxFuture, NoRandomness},
    signer::{KeyError, SignerError},
};

/// An update of a stored text: takes the old text and returns the new one, where `None` is no text.
pub type Change<'a> = Box<dyn FnOnce(Option<String>) -> Result<Option<String>, StoreError> + Send + 'a>;

/// A store of session data: texts under keys.
///
/// # Examples
///
/// A change that fails keeps the old text:
///
/// ```
/// use use_aa::{MemoryStore, SessionStore, StoreError};
///
/// # #[tokio::main(flavor = "current_thread")]
/// # async fn main() -> Result<(), StoreError> {
/// let store = MemoryStore::default();
/// store.update("key", Box::new(|_| Ok(Some("one".to_owned())))).await?;
/// let failed = store.update("key", Box::new(|_| Err(StoreError::Full))).await;
/// assert_eq!(failed, Err(StoreError::Full));
/// assert_eq!(store.read("key").await?.as_deref(), Some("one"));
/// # Ok(())
/// # }
/// ```
///
/// A custom store, for a server that keeps the sessions of many users in one place:
///
/// ```
/// use use_aa::{BoxFuture, MemoryStore, SessionStore, StoreError, store::Change};
///
/// #[derive(Debug)]
/// struct OfUser<'s, S> {
///     user: u64,
///     shared: &'s S,
/// }
///
/// impl<S: SessionStore> SessionStore for OfUser<'_, S> {
///     fn read<'a>(&'a self, key: &'a str) -> BoxFuture<'a, Result<Option<String>, StoreError>> {
///         Box::pin(async move { self.shared.read(&format!("{}:{key}", self.user)).await })
///     }
///
///     fn update<'a>(&'a self, key: &'a str, change: Change<'a>) -> BoxFuture<'a, Result<(), StoreError>> {
///         Box::pin(async move { self.shared.update(&format!("{}:{key}", self.user), change).await })
///     }
/// }
///
/// # #[tokio::main(flavor = "current_thread")]
/// # async fn main() -> Result<(), StoreError> {
/// let shared = MemoryStore::default();
/// let [anne, ben] = [1, 2].map(|user| OfUser { user, shared: &shared });
/// anne.update("key", Box::new(|_| Ok(Some("of Anne".to_owned())))).await?;
/// assert_eq!(ben.read("key").await?, None);
/// # Ok(())
/// # }
/// ```
pub trait SessionStore: Send + Sync {
    /// Returns the text under a key.
    ///
    /// # Errors
    ///
    /// [`StoreError`] if the store cannot be read.
    fn read<'a>(&'a self, key: &'a str) -> BoxFuture<'a, Result<Option<String>, StoreError>>;

    /// Updates the text under a key atomically: no other writer intervenes between reading and writing, and the old
    /// text stays if the change fails.
    ///
    /// # Errors
    ///
    /// [`StoreError`] if the store cannot be written, or the error of the change.
    fn update<'a>(&'a self, key: &'a str, change: Change<'a>) -> BoxFuture<'a, Result<(), StoreError>>;

    /// Waits for the lock of a name, which excludes every other user of the store, such as another tab or program. The
    /// default implementation acquires the lock at once, for a store that is not shared.
    ///
    /// # Errors
    ///
    /// [`StoreError`] if the store cannot lock.
    fn lock<'a>(&'a self, _name: &'a str) -> BoxFuture<'a, Result<StoreLock, StoreError>> {
        Box::pin(async { Ok(StoreLock::new(())) })
    }

    /// Calls a listener with each key whose text changes, until the subscription is dropped.
    ///
    /// Changes by other users of the store count too. The default implementation returns `None`, for a store that is
    /// not shared or cannot observe changes.
    fn subscribe(&self, _listener: Listener) -> Option<Subscription> {
        None
    }

    /// Returns the vault that seals private keys in this store. The default is `None`: keys are stored unencrypted.
    fn vault(&self) -> Option<&dyn KeyVault> {
        None
    }
}

/// Writes the name of the trait: what an app implements may hold secrets.
impl fmt::Debug for dyn SessionStore + '_ {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("SessionStore")
    }
}

/// A callback for the keys whose text has changed in a store.
pub type Listener = Arc<dyn Fn(&str) + Send + Sync>;

/// A lock of a [`SessionStore`]. Dropping the value releases the lock.
///
/// # Examples
///
/// ```
/// use futures::{FutureExt, executor::block_on};
/// use use_aa::{MemoryStore, SessionStore};
///
/// let store = MemoryStore::default();
/// let lock = block_on(store.lock("grant"))?;
/// assert!(store.lock("grant").now_or_never().is_none());
/// drop(lock);
/// assert!(store.lock("grant").now_or_never().is_some());
/// # Ok::<(), use_aa::StoreError>(())
/// ```
pub struct StoreLock(#[allow(dead_code, reason = "held until it is dropped")] Box<dyn Any + Send>);

impl StoreLock {
    /// Creates a lock that is held as long as the given guard.
    pub fn new(held: impl Any + Send) -> Self {
        Self(Box::new(held))
    }
}

impl fmt::Debug for StoreLock {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("StoreLock")
    }
}

/// A subscription of a listener to a store. Dropping the value ends the subscription.
pub struct Subscription(#[allow(dead_code, reason = "held until it is dropped")] Box<dyn Any + Send + Sync>);

impl Subscription {
    /// Creates a subscription that lasts as long as the given listener.
    pub fn new(held: impl Any + Send + Sync) -> Self {
        Self(Box::new(held))
    }
}

impl fmt::Debug for Subscription {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Subscription")
    }
}

/// The error of a session store.
///
/// # Examples
///
/// Offer an action beside the error's text:
///
/// ```
/// use use_aa::StoreError;
///
/// fn offer(error: &StoreError) -> &'static str {
///     match error {
///         StoreError::Newer(_) => "Reload the page",
///         // `CreateSession::replace_unknown(true)`
///         StoreError::Damaged(_) => "Create a session in place of those",
///         _ => "Try again",
///     }
/// }
///
/// assert_eq!(offer(&StoreError::Newer(2)), "Reload the page");
/// assert_eq!(offer(&StoreError::Full), "Try again");
/// ```
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum StoreError {
    /// The store cannot be used, for example because a browser forbids storage.
    #[error("the session store is unavailable: {0}")]
    Unavailable(String),
    /// The store is full.
    #[error("the session store is full; free space and try again")]
    Full,
    /// The stored text cannot be read.
    #[error(
        "the stored sessions cannot be read: {0}; pass `replace_unknown(true)` to revoke and replace them"
    )]
    Damaged(String),
    /// The stored text was written by a newer version of this library.
    #[error("the stored sessions have a newer format: version {0}; reload the page, or update the program")]
    Newer(u32),
    /// The platform has no random bytes for a key or a nonce.
    #[error("a key or nonce cannot be generated: {0}")]
    NoRandomness(String),
    /// The key was sealed by another vault, or its sealed bytes have changed.
    #[error("the session key cannot be decrypted with this store's vault: {0}; create a new session")]
    Locked(Address),
}

impl From<NoRandomness> for StoreError {
    fn from(error: NoRandomness) -> Self {
        Self::NoRandomness(error.to_string())
    }
}

impl From<StoreError> for SignerError {
    fn from(error: StoreError) -> Self {
        Self::Key(KeyError {
            code: error.code(),
            source: Arc::new(error),
        })
    }
}

impl StoreError {
    /// Returns the stable code of the error: a row of the [table](crate::guide::errors).
    ///
    /// # Examples
    ///
    /// ```
    /// use use_aa::StoreError;
    ///
    /// assert_eq!(StoreError::Full.code(), "store.full");
    /// ```
    #[must_use]
    pub const fn code(&self) -> &'static str {
        match self {
            Self::Unavailable(_) => "store.unavailable",
            Self::Full => "store.full",
            Self::Damaged(_) => "store.damaged",
            Self::Newer(_) => "store.newer_version",
            Self::NoRandomness(_) => "store.no_randomness",
            Self::Locked(_) => "store.sealed_elsewhere",
        }
    }
}

/// A store in memory, which lasts as long as the program runs.
///
/// # Examples
///
/// Two clients share the store and the account's sessions in it:
///
/// ```
/// use std::sync::Arc;
/// use alloy::primitives::address;
/// use use_aa::{BiconomyV2, MemoryStore, Services, SmartAccountClient};
///
/// let store = Arc::new(MemoryStore::default());
/// let account = address!("58F903f277EFeDF01CF6939f64Af3B657AC4a9Af");
/// let services = Services::new(80002, "http://127.0.0.1:8545/rpc")?;
/// let client = || SmartAccountClient::new(services.clone(), BiconomyV2::at(account)).store(store.clone());
/// let (page, worker) = (client(), client());
/// # let _ = (page, worker);
/// # Ok::<(), use_aa::Error>(())
/// ```
#[derive(Default)]
pub struct MemoryStore {
    texts: Mutex<Vec<(String, String)>>,
    locks: Mutex<Vec<(String, Arc<AsyncMutex<()>>)>>,
    listeners: Mutex<Vec<Weak<Listener>>>,
}

impl From<MemoryStore> for Arc<dyn SessionStore> {
    fn from(store: MemoryStore) -> Self {
        Arc::new(store)
    }
}

impl SessionStore for MemoryStore {
    fn read<'a>(&'a self, key: &'a str) -> BoxFuture<'a, Result<Option<String>, StoreError>> {
        Box::pin(async move {
            let texts = self.texts();
            Ok(place(&texts, key).map(|at| texts[at].1.clone()))
        })
    }

    fn update<'a>(&'a self, key: &'a str, change: Change<'a>) -> BoxFuture<'a, Result<(), StoreError>> {
        Box::pin(async move {
            {
                let mut texts = self.texts();
                let held = place(&texts, key);
                let new = change(held.map(|at| texts[at].1.clone()))?;
                held.map(|at| texts.swap_remove(at));
                texts.extend(new.map(|text| (key.to_owned(), text)));
            }
            self.tell(key);
            Ok(())
        })
    }

    fn lock<'a>(&'a self, name: &'a str) -> BoxFuture<'a, Result<StoreLock, StoreError>> {
        let lock = self.named_lock(name);
        Box::pin(async { Ok(StoreLock::new(lock.lock_owned().await)) })
    }

    fn subscribe(&self, listener: Listener) -> Option<Subscription> {
        let listener = Arc::new(listener);
        self.listeners().push(Arc::downgrade(&listener));
        Some(Subscription::new(listener))
    }
}

impl MemoryStore {
    /// A change that panics leaves the texts unchanged, so the texts behind a poisoned lock are intact.
    fn texts(&self) -> std::sync::MutexGuard<'_, Vec<(String, String)>> {
        self.texts.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn listeners(&self) -> std::sync::MutexGuard<'_, Vec<Weak<Listener>>> {
        self.listeners.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Notifies the current listeners. A listener may use the store.
    fn tell(&self, key: &str) {
        let mut listeners = self.listeners();
        listeners.retain(|listener| listener.strong_count() > 0);
        let listening = listeners.iter().filter_map(Weak::upgrade).collect::<Vec<_>>();
        drop(listeners);
        for listener in listening {
            listener(key);
        }
    }

    fn named_lock(&self, name: &str) -> Arc<AsyncMutex<()>> {
        let mut locks = self.locks.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some((_, lock)) = locks.iter().find(|(other, _)| other == name) {
            return Arc::clone(lock);
        }
        let lock = Arc::default();
        locks.push((name.to_owned(), Arc::clone(&lock)));
        lock
    }
}

fn place(texts: &[(String, String)], key: &str) -> Option<usize> {
    texts.iter().position(|(other, _)| other == key)
}

impl fmt::Debug for MemoryStore {
    /// Shows only the number of texts, because texts hold keys.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("MemoryStore")
            .field("texts", &self.texts().len())
            .finish()
    }
}

#[cfg(test)]
mod tests;
