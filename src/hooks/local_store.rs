mod changes;
mod database;
mod lock;
mod vault;

use std::sync::Arc;

use js_sys::Reflect;
use send_wrapper::SendWrapper;
use wasm_bindgen::JsValue;
use web_sys::Storage;

use self::{
    database::TEXTS,
    vault::{BrowserVault, NoKeys},
};
use crate::{
    Error, ImportError, Session, SessionStore, SmartAccountClient, StoreError,
    platform::{BoxFuture, IS_BROWSER},
    session::SessionImport,
    store::{Change, KeyVault, Listener, StoreLock, Subscription},
};

/// A session store in the browser's [IndexedDB](https://w3c.github.io/IndexedDB/), shared by all tabs of the site.
///
/// A change is complete once the browser has written the change to disk. Stored data survives a reload, and a
/// browser that is killed or crashes. Each change is one transaction, and tabs notify each other of changes
/// ([BroadcastChannel](https://html.spec.whatwg.org/multipage/web-messaging.html#broadcasting-to-other-browsing-contexts)).
/// Locks are [Web Locks](https://w3c.github.io/web-locks/). Texts that earlier versions left in the local storage
/// are moved once.
///
/// Session keys are encrypted with AES-GCM under a non-extractable [WebCrypto](https://w3c.github.io/webcrypto/)
/// key: a copy of the storage is useless in another browser. Scripts of the page can use the session keys while
/// the page is open. [`MemoryStore`](crate::MemoryStore) keeps no key longer than the page lives.
///
/// A request that the browser does not answer fails after 30 s. On the server there is no IndexedDB: reading and
/// writing fail with [`StoreError::Unavailable`].
///
/// # Examples
///
/// ```
/// use std::sync::Arc;
/// use use_aa::{LocalStore, SmartAccountClient};
///
/// fn kept(client: SmartAccountClient) -> SmartAccountClient {
///     client.store(Arc::new(LocalStore::new()))
/// }
/// ```
#[derive(Clone, Copy, Debug)]
pub struct LocalStore {
    vault: &'static dyn KeyVault,
}

impl LocalStore {
    /// Creates a handle to the site's store in the browser.
    #[must_use]
    pub const fn new() -> Self {
        Self { vault: &BrowserVault }
    }

    /// Creates a handle to the site's store that stores no session keys, for an app
    /// [without sessions](crate::BiconomyV2::WITHOUT_SESSIONS): its page does not link the code that encrypts keys, four
    /// kilobytes. Storing or using a session key fails with [`StoreError::Unavailable`], and so does reading the
    /// sessions if their keys were stored unencrypted before.
    ///
    /// # Examples
    ///
    /// ```
    /// use leptos::prelude::*;
    /// use use_aa::{BiconomyV2, LocalStore, Services, SmartAccountProvider};
    ///
    /// #[component]
    /// fn App(services: Services) -> impl IntoView {
    ///     let (account, store) = (BiconomyV2::WITHOUT_SESSIONS, LocalStore::without_keys());
    ///     view! { <SmartAccountProvider services account store>"No sessions"</SmartAccountProvider> }
    /// }
    /// ```
    #[must_use]
    pub const fn without_keys() -> Self {
        Self { vault: &NoKeys }
    }

    /// [Imports](SmartAccountClient::import_sessions) the sessions that `@biconomy/account` 4 has stored for the
    /// client's account in this browser, into the client's store. `read` reads its texts of sessions and of signers,
    /// as [`Imported::read`](crate::session::merkle::Imported::read) does. They stay unchanged. Returns the sessions
    /// that are active now.
    ///
    /// # Errors
    ///
    /// [`ErrorKind::Import`](crate::ErrorKind::Import) when a text is damaged, otherwise [`Error`] when a
    /// store or the node fails, or there is no browser. On an error nothing is imported.
    ///
    /// # Examples
    ///
    /// ```
    /// use leptos::prelude::*;
    /// use use_aa::{LocalStore, session::merkle::Imported, use_smart_account};
    ///
    /// #[component]
    /// fn Import() -> impl IntoView {
    ///     let client = use_smart_account().client;
    ///     let import = move || async move {
    ///         let client = client.get_untracked()?;
    ///         LocalStore::import_sessions(&client, Imported::read).await.ok()
    ///     };
    ///     let sessions = LocalResource::new(import);
    ///     move || sessions.get().flatten().map(|sessions| format!("{} sessions", sessions.len()))
    /// }
    /// ```
    pub async fn import_sessions<Sessions: SessionImport + 'static>(
        client: &SmartAccountClient,
        read: fn(&str, &str) -> Result<Sessions, ImportError>,
    ) -> Result<Vec<Session>, Error> {
        let text = |what| {
            let text = storage()?.get_item(&format!("{:#x}_{what}", client.address()));
            text.map_err(|thrown| unavailable(&thrown))
        };
        let sessions = text("sessions")?.unwrap_or_default();
        let signers = text("signers")?.unwrap_or_default();
        client.import_sessions(read(&sessions, &signers)?).await
    }
}

impl Default for LocalStore {
    fn default() -> Self {
        Self::new()
    }
}

impl From<LocalStore> for Arc<dyn SessionStore> {
    fn from(store: LocalStore) -> Self {
        Arc::new(store)
    }
}

impl SessionStore for LocalStore {
    fn read<'a>(&'a self, key: &'a str) -> BoxFuture<'a, Result<Option<String>, StoreError>> {
        let read = async move { Ok(database::read(TEXTS, key).await?.as_string()) };
        in_browser(read)
    }

    fn update<'a>(&'a self, key: &'a str, change: Change<'a>) -> BoxFuture<'a, Result<(), StoreError>> {
        let name = key.to_owned();
        let rewrite = |old: &JsValue| Ok(change(old.as_string())?.map_or(JsValue::UNDEFINED, JsValue::from));
        let tell = move || changes::tell(&name);
        in_browser(database::update(TEXTS, key, Box::new(rewrite), Box::new(tell)))
    }

    fn lock<'a>(&'a self, name: &'a str) -> BoxFuture<'a, Result<StoreLock, StoreError>> {
        lock::take(name)
    }

    fn subscribe(&self, listener: Listener) -> Option<Subscription> {
        changes::subscribe(listener)
    }

    fn vault(&self) -> Option<&dyn KeyVault> {
        Some(self.vault)
    }
}

/// Boxes a future that runs on the browser's only thread. On the server the boxed future fails at once.
fn in_browser<'a, T: Send + 'a>(
    asked: impl Future<Output = Result<T, StoreError>> + 'a,
) -> BoxFuture<'a, Result<T, StoreError>> {
    match IS_BROWSER {
        true => Box::pin(SendWrapper::new(asked)),
        false => Box::pin(async { Err(database::missing()) }),
    }
}

/// Returns the browser's local storage.
fn storage() -> Result<Storage, StoreError> {
    let missing = || StoreError::Unavailable("no local storage; open the page in a browser".to_owned());
    let window = IS_BROWSER.then(web_sys::window).flatten().ok_or_else(missing)?;
    window
        .local_storage()
        .map_err(|thrown| unavailable(&thrown))?
        .ok_or_else(missing)
}

fn unavailable(thrown: &JsValue) -> StoreError {
    let name = name(thrown).unwrap_or_else(|| "no reason given".to_owned());
    StoreError::Unavailable(match &*name {
        "SecurityError" | "NotAllowedError" => {
            format!("the browser denies access ({name}); allow this site to store data")
        }
        _ => format!("the browser's storage failed ({name}); reload the page"),
    })
}

fn name(thrown: &JsValue) -> Option<String> {
    Reflect::get(thrown, &JsValue::from_str("name")).ok()?.as_string()
}

#[cfg(test)]
mod tests {
    use alloy::primitives::{Address, Bytes};
    use futures::executor::block_on;

    use super::*;
    use crate::{
        BiconomyV2, Services, SessionKey,
        session::merkle::Imported,
        store::{SealedKey, StoredKey},
    };

    #[test]
    fn store_without_keys_keeps_none() {
        let store = LocalStore::without_keys();
        let key = SessionKey::random().unwrap();

        let sealed = SealedKey {
            address: key.address(),
            bytes: Bytes::new(),
        };

        let kept = block_on(StoredKey::new(key, store.vault()));
        let opened = block_on(store.vault().unwrap().open(&sealed));

        let why = "the store keeps no session keys; pass `LocalStore::new()`".to_owned();
        assert_eq!(kept.unwrap_err(), StoreError::Unavailable(why.clone()));
        assert_eq!(opened.unwrap_err(), StoreError::Unavailable(why));
    }

    #[test]
    fn without_a_browser_it_says_that_there_is_no_storage() {
        let nothing = StoreError::Unavailable("no IndexedDB; pass another `SessionStore`".to_owned());

        assert_eq!(block_on(LocalStore::new().read("key")), Err(nothing.clone()));
        assert_eq!(
            block_on(LocalStore::new().update("key", Box::new(Ok))),
            Err(nothing.clone())
        );
        let services = Services::new(80002, "http://127.0.0.1:1").unwrap();
        let client = SmartAccountClient::new(services, BiconomyV2::at(Address::ZERO));
        let nothing = "no local storage; open the page in a browser".to_owned();
        assert_eq!(
            block_on(LocalStore::import_sessions(&client, Imported::read)),
            Err(StoreError::Unavailable(nothing).into())
        );
    }
}
