use alloy::primitives::address;
use use_aa::{
    Error, ImportError, LocalStore, Services, SessionKey, SessionStore, SmartAccountClient, StoreError,
    session::Imported,
};
use wasm_bindgen_test::wasm_bindgen_test;

use crate::{
    http::Fetch,
    page::{js, storage},
    store,
};

#[wasm_bindgen_test]
async fn it_behaves_as_a_store() {
    storage().clear().unwrap();

    store::behaves(&LocalStore::new()).await;

    assert_eq!(storage().length(), Ok(0));
}

#[wasm_bindgen_test]
async fn a_full_storage_says_so_and_keeps_the_old_text() {
    storage().clear().unwrap();
    let store = LocalStore::new();
    store
        .update("key", Box::new(|_| Ok(Some("old".to_owned()))))
        .await
        .unwrap();

    let result = store
        .update("key", Box::new(|_| Ok(Some("x".repeat(20 << 20)))))
        .await;

    assert_eq!(result, Err(StoreError::Full));
    assert_eq!(store.read("key").await, Ok(Some("old".to_owned())));
    storage().clear().unwrap();
}

#[wasm_bindgen_test]
async fn a_forbidden_storage_says_so() {
    let store = LocalStore::new();
    js(
        "window.own = Object.getOwnPropertyDescriptor(window, 'localStorage');
        Object.defineProperty(window, 'localStorage', { configurable: true, get() {
            throw new DOMException('no', 'SecurityError');
        } })",
    );

    let (read, updated) = (store.read("key").await, store.update("key", Box::new(Ok)).await);

    js("Object.defineProperty(window, 'localStorage', window.own)");
    let forbidden = StoreError::Unavailable(
        "the browser refuses (SecurityError); allow this site to store data".to_owned(),
    );
    assert_eq!(read, Err(forbidden.clone()));
    assert_eq!(updated, Err(forbidden));
    assert!(storage().length().is_ok(), "the browser's own is back");
}

#[wasm_bindgen_test]
fn without_random_numbers_there_is_no_key() {
    js("crypto.getRandomValues = () => { throw new Error('none today') }");
    let none = SessionKey::random();
    js("delete crypto.getRandomValues");

    let error = none.unwrap_err();
    assert!(matches!(error, StoreError::NoRandomness(_)), "{error}");
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
    let client = SmartAccountClient::without_owner(services, account);
    // The root of a tree with one leaf is the leaf's hash.
    let root = Imported::read(SESSIONS, SIGNERS).unwrap().leaves()[0].hash();
    let _fetch = Fetch::replaced(&format!(
        "return request.json().then(({{ id }}) => new Response(JSON.stringify({{ id, result: '{root}' }})))"
    ));

    storage().clear().unwrap();
    let nothing = LocalStore::import_sessions(&client).await;
    let key = |what| format!("0x58f903f277efedf01cf6939f64af3b657ac4a9af_{what}");
    storage().set_item(&key("sessions"), SESSIONS).unwrap();
    storage().set_item(&key("signers"), SIGNERS).unwrap();
    let sessions = LocalStore::import_sessions(&client).await.unwrap();
    storage().set_item(&key("signers"), "<html>").unwrap();
    let damaged = LocalStore::import_sessions(&client).await;

    assert_eq!(nothing, Ok(Vec::new()));
    assert_eq!(sessions.len(), 1);
    assert_eq!(
        sessions[0].id,
        address!("7e5f4552091a69125d5dfcb7b8c2659029395bdf")
    );
    assert_eq!(damaged, Err(Error::Import(ImportError::Signers)));
    storage().clear().unwrap();
}
