mod changes;
mod turn;
mod vault;

use js_sys::Reflect;
use wasm_bindgen::JsValue;
use web_sys::Storage;

use self::vault::BrowserVault;
use crate::{
    Error, Session, SessionStore, SmartAccountClient, StoreError,
    platform::{BoxFuture, IS_BROWSER},
    session::{Change, KeyVault, Listener, Subscription, Turn},
};

/// Keeps sessions in the browser's local storage: they survive a reload, and all tabs of the site share them.
///
/// Tabs take turns at changes ([Web Locks](https://w3c.github.io/web-locks/)) and tell each other of them
/// ([BroadcastChannel](https://html.spec.whatwg.org/multipage/web-messaging.html#broadcasting-to-other-browsing-contexts)).
/// The sessions' private keys lie there encrypted with AES-GCM, under a key in IndexedDB that the browser lets nobody
/// read ([WebCrypto](https://w3c.github.io/webcrypto/)): a copy of the storage is worth nothing elsewhere. Scripts of
/// the page can use them while it is open. [`MemoryStore`](crate::MemoryStore) keeps no key longer than the page lasts.
///
/// On the server there is no such storage: reading and writing end in [`StoreError::Unavailable`].
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
#[derive(Clone, Copy, Debug, Default)]
#[non_exhaustive]
pub struct LocalStore;

impl LocalStore {
    /// The browser's local storage.
    #[must_use]
    pub const fn new() -> Self {
        Self
    }

    /// [Takes over](SmartAccountClient::import_sessions) the sessions that `@biconomy/account` 4 has kept for an account
    /// in this browser, into the client's store. Its own texts stay as they are. Gives the sessions that are active
    /// now.
    ///
    /// # Errors
    ///
    /// [`Error::Import`] when a text is damaged, otherwise [`Error`] when a store or the node fails, or there is no
    /// browser. Then nothing is taken over.
    ///
    /// # Examples
    ///
    /// ```
    /// use leptos::prelude::*;
    /// use use_aa::{LocalStore, use_smart_account};
    ///
    /// #[component]
    /// fn Import() -> impl IntoView {
    ///     let client = use_smart_account().client;
    ///     let import = move || async move { LocalStore::import_sessions(&client.get_untracked()?).await.ok() };
    ///     let sessions = LocalResource::new(import);
    ///     move || sessions.get().flatten().map(|sessions| format!("{} sessions", sessions.len()))
    /// }
    /// ```
    pub async fn import_sessions(client: &SmartAccountClient) -> Result<Vec<Session>, Error> {
        let text = |what| Self::text(&format!("{:#x}_{what}", client.address()));
        let sessions = text("sessions")?.unwrap_or_default();
        let signers = text("signers")?.unwrap_or_default();
        client.import_sessions(&sessions, &signers).await
    }

    pub(super) fn text(key: &str) -> Result<Option<String>, StoreError> {
        storage()?.get_item(key).map_err(|thrown| unavailable(&thrown))
    }

    /// Changes a text, and says whether it is another one now.
    pub(super) fn change(key: &str, change: Change<'_>) -> Result<bool, StoreError> {
        let storage = storage()?;
        let old = storage.get_item(key).map_err(|thrown| unavailable(&thrown))?;
        let new = change(old.clone())?;
        if new == old {
            return Ok(false);
        }
        match new {
            Some(text) => storage.set_item(key, &text),
            None => storage.remove_item(key),
        }
        .map_err(|thrown| {
            if is_full(&thrown) {
                StoreError::Full
            } else {
                unavailable(&thrown)
            }
        })?;
        Ok(true)
    }
}

impl SessionStore for LocalStore {
    fn read<'a>(&'a self, key: &'a str) -> BoxFuture<'a, Result<Option<String>, StoreError>> {
        Box::pin(async move { Self::text(key) })
    }

    fn update<'a>(&'a self, key: &'a str, change: Change<'a>) -> BoxFuture<'a, Result<(), StoreError>> {
        Box::pin(async move {
            let _turn = turn::take(&format!("use-aa:write:{key}")).await?;
            if Self::change(key, change)? {
                changes::tell(key);
            }
            Ok(())
        })
    }

    fn lock<'a>(&'a self, name: &'a str) -> BoxFuture<'a, Result<Turn, StoreError>> {
        turn::take(name)
    }

    fn subscribe(&self, listener: Listener) -> Option<Subscription> {
        changes::subscribe(listener)
    }

    fn vault(&self) -> Option<&dyn KeyVault> {
        Some(&BrowserVault)
    }
}

fn storage() -> Result<Storage, StoreError> {
    let missing = || StoreError::Unavailable("there is no local storage; give another store".to_owned());
    let window = IS_BROWSER.then(web_sys::window).flatten().ok_or_else(missing)?;
    window
        .local_storage()
        .map_err(|thrown| unavailable(&thrown))?
        .ok_or_else(missing)
}

fn unavailable(thrown: &JsValue) -> StoreError {
    let name = name(thrown).unwrap_or_else(|| "no reason given".to_owned());
    StoreError::Unavailable(format!(
        "the browser refuses ({name}); allow this site to store data"
    ))
}

fn is_full(thrown: &JsValue) -> bool {
    matches!(
        name(thrown).as_deref(),
        Some("QuotaExceededError" | "NS_ERROR_DOM_QUOTA_REACHED")
    )
}

fn name(thrown: &JsValue) -> Option<String> {
    Reflect::get(thrown, &JsValue::from_str("name")).ok()?.as_string()
}

#[cfg(test)]
mod tests {
    use alloy::primitives::Address;
    use futures::executor::block_on;

    use super::*;
    use crate::Services;

    #[test]
    fn without_a_browser_it_says_that_there_is_no_storage() {
        let nothing = StoreError::Unavailable("there is no local storage; give another store".to_owned());

        assert_eq!(block_on(LocalStore::new().read("key")), Err(nothing.clone()));
        assert_eq!(
            block_on(LocalStore::new().update("key", Box::new(Ok))),
            Err(nothing.clone())
        );
        let services = Services::new(80002, "http://127.0.0.1:1").unwrap();
        let client = SmartAccountClient::without_owner(services, Address::ZERO);
        assert_eq!(
            block_on(LocalStore::import_sessions(&client)),
            Err(Error::Store(nothing))
        );
    }
}
