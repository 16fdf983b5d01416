use std::{cell::RefCell, future::Future, pin::Pin, rc::Rc, time::Duration};

use js_sys::{Function, Object, Promise, Reflect};
use send_wrapper::SendWrapper;
use wasm_bindgen::{JsCast, JsValue, closure::Closure};
use wasm_bindgen_futures::{JsFuture, spawn_local};
use web_sys::{IdbDatabase, IdbObjectStore, IdbOpenDbRequest, IdbRequest, IdbTransaction};

use super::{name, storage, unavailable};
use crate::{
    StoreError,
    platform::{self, IS_BROWSER},
};

/// The object store of the one `CryptoKey`.
pub(super) const KEYS: &str = "keys";
/// The object store of the texts.
pub(super) const TEXTS: &str = "texts";

const DATABASE: &str = "use-aa";
/// The version of the database. Version 1 had only [`KEYS`], and its texts were in the local storage.
const VERSION: u32 = 2;

/// The timeout of a request to the browser: 30 s. The browser may still apply a change after that.
const PATIENCE: Duration = Duration::from_secs(30);

thread_local! {
    /// The promise of the database connection, pending while the database is opened.
    static CONNECTION: RefCell<Option<Promise>> = const { RefCell::new(None) };
    /// The database of that connection, once it is open.
    static OPENED: RefCell<Option<IdbDatabase>> = const { RefCell::new(None) };
}

/// Reads the value under a key: `undefined` if there is none.
pub(super) async fn read(store: &str, key: &str) -> Result<JsValue, StoreError> {
    let found = within(SILENT, found(store, "readonly", &key.into())).await?;
    Ok(found.value)
}

/// A function that maps the old value under a key to the new one.
pub(super) type Change<'a> = Box<dyn FnOnce(&JsValue) -> Result<JsValue, StoreError> + 'a>;

/// Changes the value under a key in one transaction, for which other tabs wait. `change` maps the old value to
/// the new one; `undefined` is no value. Completes once the browser has written the new value to disk, or at once
/// if the value is unchanged.
///
/// `written` runs after the transaction is complete, even if the caller no longer waits.
pub(super) async fn update(
    store: &str,
    key: &str,
    change: Change<'_>,
    written: Box<dyn FnOnce()>,
) -> Result<(), StoreError> {
    let key = JsValue::from(key);
    let Found {
        transaction,
        objects,
        value: old,
    } = within(SILENT, found(store, "readwrite", &key)).await?;
    // The transaction is active until the next task, so nothing is awaited before the write request.
    let new = change(&old)?;
    if new == old {
        return Ok(());
    }
    match new.is_undefined() {
        true => objects.delete(&key),
        false => objects.put_with_key(&new, &key),
    }
    .map_err(|thrown| failed(&thrown))?;
    #[expect(deprecated, reason = "IndexedDB 3.0 has it again")]
    // An explicit commit keeps the browser from aborting the transaction when the page is left now. A browser
    // without `commit` commits the transaction by itself.
    let _ = transaction.commit();
    let completed = promise(Box::pin(async move {
        if let Err(thrown) = complete(&transaction).await {
            // The next change opens a new connection: this one may be lost.
            forget(&transaction.db());
            return Err(thrown);
        }
        written();
        Ok(JsValue::UNDEFINED)
    }));
    let completed = async { JsFuture::from(completed).await.map_err(|thrown| failed(&thrown)) };
    within(SILENT, completed).await.map(drop)
}

/// A value under a key, and the transaction that has read it.
struct Found {
    transaction: IdbTransaction,
    objects: IdbObjectStore,
    value: JsValue,
}

/// Reads the value under a key in a new transaction. A request that fails is repeated once on a new connection: a browser
/// closes a connection when the site's data is removed, and WebKit may lose one while the page is in the background, after
/// which each request on it fails ([WebKit 197050](https://bugs.webkit.org/show_bug.cgi?id=197050)).
async fn found(store: &str, mode: &str, key: &JsValue) -> Result<Found, StoreError> {
    let database = database().await?;
    if let Ok(found) = found_in(&database, store, mode, key).await {
        return Ok(found);
    }
    forget(&database);
    let database = self::database().await?;
    let found = found_in(&database, store, mode, key).await;
    found.map_err(|thrown| failed(&thrown))
}

async fn found_in(database: &IdbDatabase, store: &str, mode: &str, key: &JsValue) -> Result<Found, JsValue> {
    let transaction = begin(database, store, mode)?;
    let objects = transaction.object_store(store)?;
    let value = answer(&objects.get(key)?).await?;
    Ok(Found {
        transaction,
        objects,
        value,
    })
}

/// Begins a transaction with strict durability, if the browser supports that: its `complete` event then means
/// that the data is on disk.
fn begin(database: &IdbDatabase, store: &str, mode: &str) -> Result<IdbTransaction, JsValue> {
    let options = Object::new();
    Reflect::set(&options, &"durability".into(), &"strict".into())?;
    let begin: Function = Reflect::get(database, &"transaction".into())?.dyn_into()?;
    let transaction = begin.call3(database, &store.into(), &mode.into(), &options)?;
    Ok(transaction.unchecked_into())
}

/// Returns the connection to the database, and opens the database on the first call.
async fn database() -> Result<IdbDatabase, StoreError> {
    if !IS_BROWSER {
        return Err(missing());
    }
    let opening = CONNECTION.with_borrow_mut(|connection| {
        connection
            .get_or_insert_with(|| promise(Box::pin(open())))
            .clone()
    });
    let opened = JsFuture::from(opening.clone()).await;
    CONNECTION.with_borrow_mut(|connection| {
        let is_latest = |other: &mut Promise| Object::is(other, &opening);
        match &opened {
            Ok(opened) if connection.as_mut().is_some_and(is_latest) => {
                OPENED.set(Some(opened.clone().unchecked_into()));
            }
            Ok(_) => {}
            Err(_) => drop(connection.take_if(is_latest)),
        }
    });
    opened
        .map(JsCast::unchecked_into)
        .map_err(|thrown| failed(&thrown))
}

async fn open() -> Result<JsValue, JsValue> {
    let window = web_sys::window().ok_or(JsValue::UNDEFINED)?;
    let factory = window.indexed_db()?.ok_or(JsValue::UNDEFINED)?;
    let opening = factory.open_with_u32(DATABASE, VERSION)?;
    let moved = Rc::new(RefCell::new(Vec::new()));
    let upgrading = {
        let (opening, moved) = (opening.clone(), Rc::clone(&moved));
        Closure::<dyn FnMut()>::new(move || match upgrade(&opening) {
            Ok(names) => drop(moved.replace(names)),
            // The upgrade is rolled back, and all texts are moved the next time.
            Err(_) => drop(opening.transaction().map(|transaction| transaction.abort())),
        })
    };
    opening.set_onupgradeneeded(Some(upgrading.as_ref().unchecked_ref()));
    let database: IdbDatabase = answer(&opening).await?.unchecked_into();
    // The moved texts are in the database now.
    if let Ok(storage) = storage() {
        for name in moved.take() {
            let _ = storage.remove_item(&name);
        }
    }
    let closing = {
        let database = database.clone();
        Closure::<dyn FnMut()>::new(move || forget(&database)).into_js_value()
    };
    // `versionchange` means that another tab upgrades or deletes the database.
    database.set_onversionchange(Some(closing.unchecked_ref()));
    database.set_onclose(Some(closing.unchecked_ref()));
    Ok(database.into())
}

/// Creates the missing object stores, and copies the texts that earlier versions left in the local storage.
/// Returns the names of those texts.
fn upgrade(opening: &IdbOpenDbRequest) -> Result<Vec<String>, JsValue> {
    let database: IdbDatabase = opening.result()?.unchecked_into();
    // This fails if the object store exists.
    let _ = database.create_object_store(KEYS);
    let texts = database.create_object_store(TEXTS)?;
    let Ok(storage) = storage() else {
        return Ok(Vec::new());
    };
    let names = (0..storage.length()?).filter_map(|at| storage.key(at).ok()?);
    let mut moved = Vec::new();
    for name in names.filter(|name| is_ours(name)) {
        if let Some(text) = storage.get_item(&name)? {
            texts.put_with_key(&text.into(), &name.as_str().into())?;
            moved.push(name);
        }
    }
    Ok(moved)
}

/// Returns true for the name of a text that an earlier version left in the local storage.
fn is_ours(name: &str) -> bool {
    const MARK: &[u8] = b"use-aa:";
    name.as_bytes().windows(MARK.len()).any(|part| part == MARK)
}

/// Closes a connection, so that the next request opens a new one. A newer connection stays.
fn forget(database: &IdbDatabase) {
    database.close();
    let is_it = |opened: &mut IdbDatabase| Object::is(opened, database);
    if OPENED.with_borrow_mut(|opened| opened.take_if(is_it)).is_some() {
        CONNECTION.take();
    }
}

/// Waits for the result of a request.
async fn answer(request: &IdbRequest) -> Result<JsValue, JsValue> {
    // The functions of a promise outlive the future that waits for the promise, so the browser may answer late.
    let answered = Promise::new(&mut |resolve, reject| {
        request.set_onsuccess(Some(&resolve));
        request.set_onerror(Some(&reject));
    });
    match JsFuture::from(answered).await {
        Ok(_) => request.result(),
        Err(_) => Err(request.error()?.map_or(JsValue::NULL, JsValue::from)),
    }
}

/// Waits until a transaction is complete.
async fn complete(transaction: &IdbTransaction) -> Result<(), JsValue> {
    let completed = Promise::new(&mut |resolve, reject| {
        transaction.set_oncomplete(Some(&resolve));
        transaction.set_onabort(Some(&reject));
    });
    match JsFuture::from(completed).await {
        Ok(_) => Ok(()),
        Err(_) => Err(transaction.error().map_or(JsValue::NULL, JsValue::from)),
    }
}

/// Runs a future to its end, even if nothing waits for the promise.
fn promise(future: Pin<Box<dyn Future<Output = Result<JsValue, JsValue>>>>) -> Promise {
    let mut future = Some(future);
    Promise::new(&mut |resolve, reject| {
        let Some(future) = future.take() else { return };
        spawn_local(async move {
            let _ = match future.await {
                Ok(value) => resolve.call1(&JsValue::UNDEFINED, &value),
                Err(thrown) => reject.call1(&JsValue::UNDEFINED, &thrown),
            };
        });
    })
}

/// The error of a database that another tab holds.
const SILENT: &str = "IndexedDB does not answer; close this site's other tabs and reload the page";

/// Waits for the browser, up to 30 s.
pub(super) async fn within<T: Send>(
    silent: &str,
    asked: impl Future<Output = Result<T, StoreError>>,
) -> Result<T, StoreError> {
    let answer = platform::within(PATIENCE, Box::pin(SendWrapper::new(asked))).await;
    answer.unwrap_or_else(|| Err(StoreError::Unavailable(silent.to_owned())))
}

fn failed(thrown: &JsValue) -> StoreError {
    match name(thrown) {
        Some(name) if name == "VersionError" => StoreError::Newer(VERSION + 1),
        None if thrown.is_undefined() => missing(),
        _ if is_full(thrown) => StoreError::Full,
        _ => unavailable(thrown),
    }
}

pub(super) fn missing() -> StoreError {
    StoreError::Unavailable("no IndexedDB; pass another `SessionStore`".to_owned())
}

fn is_full(thrown: &JsValue) -> bool {
    matches!(
        name(thrown).as_deref(),
        Some("QuotaExceededError" | "NS_ERROR_DOM_QUOTA_REACHED")
    )
}
