use use_aa::{LocalStore, SessionStore, StoreError};
use wasm_bindgen_test::wasm_bindgen_test;

use crate::{
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
