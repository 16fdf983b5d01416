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
}

/// Reads the value under a key: `undefined` if there is none.
pub(super) async fn read(store: &str, key: &str) -> Result<JsValue, StoreError> {
    within(SILENT, async {
        let objects = objects(store, "readonly").await?.1;
        let reading = objects.get(&key.into()).map_err(|thrown| failed(&thrown))?;
        answer(&reading).await.map_err(|thrown| failed(&thrown))
    })
    .await
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
    let (transaction, objects, key, old) = within(SILENT, async {
        let (transaction, objects) = objects(store, "readwrite").await?;
        let key = JsValue::from(key);
        let reading = objects.get(&key).map_err(|thrown| failed(&thrown))?;
        let old = answer(&reading).await.map_err(|thrown| failed(&thrown))?;
        Ok((transaction, objects, key, old))
    })
    .await?;
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
        complete(&transaction).await?;
        written();
        Ok(JsValue::UNDEFINED)
    }));
    let completed = async { JsFuture::from(completed).await.map_err(|thrown| failed(&thrown)) };
    within(SILENT, completed).await.map(drop)
}

/// Begins a transaction on an object store.
async fn objects(store: &str, mode: &str) -> Result<(IdbTransaction, IdbObjectStore), StoreError> {
    let database = database().await?;
    let transaction = match begin(&database, store, mode) {
        Ok(transaction) => transaction,
        // The browser has closed the connection, for example because the site's data was removed.
        Err(_) => {
            forget(&database);
            let database = self::database().await?;
            begin(&database, store, mode).map_err(|thrown| failed(&thrown))?
        }
    };
    let objects = transaction
        .object_store(store)
        .map_err(|thrown| failed(&thrown))?;
    Ok((transaction, objects))
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
    opened.map(JsCast::unchecked_into).map_err(|thrown| {
        CONNECTION.with_borrow_mut(|connection| connection.take_if(|other| Object::is(other, &opening)));
        failed(&thrown)
    })
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

/// Closes a connection, so that the next request opens a new one.
fn forget(database: &IdbDatabase) {
    database.close();
    CONNECTION.take();
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
