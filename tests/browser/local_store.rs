use std::{
    cell::RefCell,
    sync::{Arc, Mutex},
    time::Duration,
};

use alloy::primitives::address;
use futures::{FutureExt, future::join_all};
use gloo_timers::future::sleep;
use use_aa::{
    BiconomyV2, ErrorKind, ImportError, LocalStore, Services, SessionKey, SessionStore, SmartAccountClient,
    StoreError, session::merkle::Imported,
};
use wasm_bindgen_test::wasm_bindgen_test;

use crate::{
    http::Fetch,
    page::{clear_site, js, promised, storage},
    store,
};

#[wasm_bindgen_test]
async fn it_behaves_as_a_store() {
    clear_site().await;

    store::behaves(&LocalStore::new()).await;

    assert_eq!(in_database("texts", "objects.count()").await, "0");
}

#[wasm_bindgen_test]
async fn a_full_storage_says_so_and_keeps_the_old_text() {
    let store = LocalStore::new();
    write(&store, "key", "old").await.unwrap();

    js("window.own = IDBObjectStore.prototype.put;
        IDBObjectStore.prototype.put = () => { throw new DOMException('no', 'QuotaExceededError') }");
    let result = write(&store, "key", "new").await;
    js("IDBObjectStore.prototype.put = window.own");

    assert_eq!(result, Err(StoreError::Full));
    assert_eq!(store.read("key").await, Ok(Some("old".to_owned())));
    assert_eq!(
        write(&store, "key", "new").await,
        Ok(()),
        "the browser's own is back"
    );
}

#[wasm_bindgen_test]
async fn a_change_that_the_browser_aborts_is_an_error_and_leaves_the_old_text() {
    let store = LocalStore::new();
    write(&store, "key", "old").await.unwrap();

    // The write is accepted, and the transaction is aborted instead of committed.
    js("window.own = IDBObjectStore.prototype.put;
        IDBObjectStore.prototype.put = function(...asked) {
            this.transaction.commit = () => this.transaction.abort();
            return window.own.apply(this, asked);
        }");
    let result = write(&store, "key", "new").await;
    js("IDBObjectStore.prototype.put = window.own");

    assert!(matches!(result, Err(StoreError::Unavailable(_))), "{result:?}");
    assert_eq!(store.read("key").await, Ok(Some("old".to_owned())));
}

#[wasm_bindgen_test]
async fn a_connection_that_the_browser_has_lost_is_opened_again() {
    let store = LocalStore::new();
    write(&store, "key", "old").await.unwrap();

    // The requests on a lost connection fail, but transactions on it still begin.
    js("window.own = IDBObjectStore.prototype.get;
        window.opened = 0;
        const open = IDBFactory.prototype.open;
        IDBFactory.prototype.open = function(...asked) { window.opened += 1; return open.apply(this, asked) };
        IDBObjectStore.prototype.get = function(...asked) {
            const { transaction } = this;
            const request = window.own.apply(this, asked);
            if (window.opened === 0 || window.is_always_lost) transaction.abort();
            return request;
        }");
    let read = store.read("key").await;
    js("window.opened = 0");
    let written = write(&store, "key", "new").await;
    js("window.is_always_lost = true");
    let lost = store.read("key").await;
    js("window.is_always_lost = false");
    let back = store.read("key").await;
    js("IDBObjectStore.prototype.get = window.own");

    assert_eq!(read, Ok(Some("old".to_owned())));
    assert_eq!(written, Ok(()));
    let why = "the browser's storage failed (AbortError); reload the page";
    assert_eq!(lost, Err(StoreError::Unavailable(why.to_owned())));
    assert_eq!(back, Ok(Some("new".to_owned())));
}

#[wasm_bindgen_test]
async fn a_storage_that_is_forbidden_or_missing_says_so() {
    let store = LocalStore::new();
    for (getter, why) in [
        (
            "throw new DOMException('no', 'SecurityError')",
            "the browser denies access (SecurityError); allow this site to store data",
        ),
        ("return undefined", "no IndexedDB; pass another `SessionStore`"),
    ] {
        clear_site().await;
        js(&format!(
            "window.own = Object.getOwnPropertyDescriptor(window, 'indexedDB');
            Object.defineProperty(window, 'indexedDB', {{ configurable: true, get() {{ {getter} }} }})"
        ));

        let (read, updated) = (store.read("key").await, store.update("key", Box::new(Ok)).await);

        js("Object.defineProperty(window, 'indexedDB', window.own)");
        assert_eq!(read, Err(StoreError::Unavailable(why.to_owned())));
        assert_eq!(updated, Err(StoreError::Unavailable(why.to_owned())));
        assert_eq!(store.read("key").await, Ok(None), "the browser's own is back");
    }
}

#[wasm_bindgen_test]
async fn texts_of_earlier_versions_are_moved_from_the_local_storage_once() {
    clear_site().await;
    let store = LocalStore::new();
    // Data of the previous version: the browser's key in a database of that version, texts in the local storage.
    promised(
        "const opening = indexedDB.open('use-aa', 1);
        opening.onupgradeneeded = () => opening.result.createObjectStore('keys').put('kept', 'other');
        opening.onsuccess = () => { opening.result.close(); done() }",
    )
    .await;
    let texts = [
        "use-aa:sessions:1:0xaa",
        "anne:use-aa:ops:1:0xaa",
        "use-aa:connection:1",
    ];
    for name in texts {
        storage().set_item(name, name).unwrap();
    }
    storage().set_item("the app's own", "text").unwrap();

    for name in texts {
        assert_eq!(store.read(name).await, Ok(Some(name.to_owned())));
    }
    assert_eq!(storage().length(), Ok(1));
    assert_eq!(storage().get_item("the app's own"), Ok(Some("text".to_owned())));
    assert_eq!(store.read("the app's own").await, Ok(None));
    assert_eq!(in_database("keys", "objects.get('other')").await, "kept");

    // A later write by a tab with the previous version does not replace the newer text.
    storage().set_item(texts[0], "older").unwrap();
    assert_eq!(store.read(texts[0]).await, Ok(Some(texts[0].to_owned())));
    clear_site().await;
}

#[wasm_bindgen_test]
async fn site_data_that_is_removed_meanwhile_is_gone_and_the_store_goes_on() {
    let store = LocalStore::new();
    write(&store, "key", "text").await.unwrap();

    clear_site().await;

    assert_eq!(store.read("key").await, Ok(None));
    assert_eq!(write(&store, "key", "again").await, Ok(()));
    assert_eq!(store.read("key").await, Ok(Some("again".to_owned())));
}

#[wasm_bindgen_test]
async fn a_database_of_a_newer_version_asks_for_a_reload() {
    clear_site().await;
    promised("indexedDB.open('use-aa', 3).onsuccess = ({ target }) => { target.result.close(); done() }")
        .await;

    let read = LocalStore::new().read("key").await;

    assert_eq!(read, Err(StoreError::Newer(3)));
    clear_site().await;
    assert_eq!(LocalStore::new().read("key").await, Ok(None));
}

#[wasm_bindgen_test]
async fn a_tab_that_holds_the_database_back_is_waited_for_but_not_for_ever() {
    clear_site().await;
    promised(
        "indexedDB.open('use-aa', 1).onsuccess = ({ target }) => { window.held = target.result; done() }",
    )
    .await;
    let store = LocalStore::new();

    js("window.own = setTimeout; window.setTimeout = (call, ms) => own(call, ms >= 10_000 ? 10 : ms)");
    let too_long = store.read("key").await;
    js("window.setTimeout = own");
    let mut read = store.read("key");
    assert!((&mut read).now_or_never().is_none());
    sleep(Duration::from_millis(20)).await;
    assert!((&mut read).now_or_never().is_none());
    js("held.close()");

    let why = "IndexedDB does not answer; close this site's other tabs and reload the page";
    assert_eq!(too_long, Err(StoreError::Unavailable(why.to_owned())));
    assert_eq!(read.await, Ok(None));
}

#[wasm_bindgen_test]
fn without_random_numbers_there_is_no_key() {
    js("crypto.getRandomValues = () => { throw new Error('none today') }");
    let none = SessionKey::random();
    js("delete crypto.getRandomValues");

    let error = StoreError::from(none.unwrap_err());
    assert_eq!(error.code(), "store.no_randomness");
    assert!(SessionKey::random().is_ok(), "the browser's own is back");
}

#[wasm_bindgen_test]
async fn sessions_of_the_original_are_imported_from_where_it_keeps_them() {
    const SESSIONS: &str = r#"{"merkleRoot":"","leafNodes":[{
        "validUntil": 0,
        "validAfter": 0,
        "sessionValidationModule": "0x000006bc2ecdae38113929293d241cf252d91861",
        "sessionPublicKey": "0x7e5f4552091a69125d5dfcb7b8c2659029395bdf",
        "sessionKeyData": "0x7e5f4552091a69125d5dfcb7b8c2659029395bdf1758f42af7026fbbb559dc60ece0de3ef81f665e40d097c3000000000000000000000000000000000000",
        "sessionID": "kq3vyd5bm1",
        "status": "PENDING"
    }]}"#;
    const SIGNERS: &str = r#"{"0x7e5f4552091a69125d5dfcb7b8c2659029395bdf": {
        "pvKey": "0x0000000000000000000000000000000000000000000000000000000000000001",
        "pbKey": "0x7E5F4552091A69125d5DfCb7b8C2659029395Bdf"
    }}"#;
    let services = Services::new(80002, "https://node.example").unwrap();
    let account = address!("58F903f277EFeDF01CF6939f64Af3B657AC4a9Af");
    let client = SmartAccountClient::new(services, BiconomyV2::at(account));
    // The root of a tree with one leaf is the leaf's hash.
    let root = Imported::read(SESSIONS, SIGNERS).unwrap().leaves()[0].hash();
    let _fetch = Fetch::replaced(&format!(
        "return request.json().then(({{ id }}) => new Response(JSON.stringify({{ id, result: '{root}' }})))"
    ));

    clear_site().await;
    let nothing = LocalStore::import_sessions(&client, Imported::read).await;
    let key = |what| format!("0x58f903f277efedf01cf6939f64af3b657ac4a9af_{what}");
    storage().set_item(&key("sessions"), SESSIONS).unwrap();
    storage().set_item(&key("signers"), SIGNERS).unwrap();
    let sessions = LocalStore::import_sessions(&client, Imported::read)
        .await
        .unwrap();
    storage().set_item(&key("signers"), "<html>").unwrap();
    let damaged = LocalStore::import_sessions(&client, Imported::read).await;

    assert_eq!(nothing, Ok(Vec::new()));
    assert_eq!(sessions.len(), 1);
    assert_eq!(
        sessions[0].id,
        address!("7e5f4552091a69125d5dfcb7b8c2659029395bdf")
    );
    assert_eq!(damaged, Err(ErrorKind::Import(ImportError::Signers).into()));
    storage().clear().unwrap();
}

#[wasm_bindgen_test]
async fn turns_of_one_name_are_taken_one_after_the_other() {
    let (store, log) = (LocalStore::new(), RefCell::new(Vec::new()));
    let take = async |number: u32| {
        let _lock = store.lock("grant").await.unwrap();
        log.borrow_mut().push((number, "begins"));
        sleep(Duration::from_millis(5)).await;
        log.borrow_mut().push((number, "ends"));
    };

    join_all((0..4).map(take)).await;

    for pair in log.borrow().chunks(2) {
        assert_eq!((pair[0].0, pair[0].1, pair[1].1), (pair[1].0, "begins", "ends"));
    }
    let held = store.lock("grant").await.unwrap();
    assert!(store.lock("another").await.is_ok());
    // A dropped lock request does not block the next one.
    let mut given_up = store.lock("grant");
    assert!((&mut given_up).now_or_never().is_none());
    drop(given_up);
    drop(held);
    assert!(store.lock("grant").await.is_ok());
}

#[wasm_bindgen_test]
async fn changes_at_once_lose_nothing() {
    clear_site().await;
    let store = LocalStore::new();
    let count = |old: Option<String>| {
        let number: u32 = old.map_or(0, |old| old.parse().unwrap());
        Ok(Some((number + 1).to_string()))
    };

    let results = join_all((0..20).map(|_| store.update("key", Box::new(count)))).await;

    assert!(results.iter().all(Result::is_ok), "{results:?}");
    assert_eq!(store.read("key").await, Ok(Some("20".to_owned())));
}

#[wasm_bindgen_test]
async fn changes_are_heard_of_until_nobody_listens() {
    clear_site().await;
    let (store, heard) = (LocalStore::new(), Arc::new(Mutex::new(Vec::new())));
    let write = async |key: &str| write(&store, key, "text").await.unwrap();
    let listener = {
        let heard = Arc::clone(&heard);
        Arc::new(move |key: &str| heard.lock().unwrap().push(key.to_owned()))
    };

    let listening = store.subscribe(listener);
    write("first").await;
    // Writing the same text is not reported as a change.
    write("first").await;
    // A message without a known key is ignored.
    js("new BroadcastChannel('use-aa:changes').postMessage({ key: 'none' })");
    write("second").await;
    for _ in 0..6_000 {
        if heard.lock().unwrap().len() >= 2 {
            break;
        }
        sleep(Duration::from_millis(5)).await;
    }
    drop(listening);
    write("third").await;
    sleep(Duration::from_millis(50)).await;

    assert_eq!(*heard.lock().unwrap(), ["first", "second"]);
}

/// Runs a request on an object store of the database, available as `objects`, and returns the result.
pub(crate) async fn in_database(store: &str, request: &str) -> String {
    let script = format!(
        "indexedDB.open('use-aa').onsuccess = ({{ target: {{ result: database }} }}) => {{
            const objects = database.transaction('{store}', 'readwrite').objectStore('{store}');
            const request = {request};
            request.transaction.oncomplete = () => {{ database.close(); done(String(request.result)) }};
        }}"
    );
    promised(&script).await.as_string().unwrap()
}

async fn write(store: &LocalStore, key: &str, text: &str) -> Result<(), StoreError> {
    let text = Some(text.to_owned());
    store.update(key, Box::new(|_| Ok(text))).await
}
