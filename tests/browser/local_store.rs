use use_aa::{LocalStore, SessionStore, StoreError};
use wasm_bindgen_test::wasm_bindgen_test;

use crate::page::{js, storage};

#[wasm_bindgen_test]
async fn what_is_written_is_read() {
    storage().clear().unwrap();
    let store = LocalStore::new();
    assert_eq!(store.read("key").await, Ok(None));

    store
        .update("key", Box::new(|old| Ok(old.or(Some("one".to_owned())))))
        .await
        .unwrap();
    store
        .update("key", Box::new(|old| Ok(old.map(|old| old + ", two"))))
        .await
        .unwrap();
    assert_eq!(store.read("key").await, Ok(Some("one, two".to_owned())));

    store.update("key", Box::new(|_| Ok(None))).await.unwrap();
    assert_eq!(store.read("key").await, Ok(None));
    assert_eq!(storage().length(), Ok(0));
}

#[wasm_bindgen_test]
async fn a_change_that_fails_leaves_the_old_text() {
    storage().clear().unwrap();
    let store = LocalStore::new();
    store
        .update("key", Box::new(|_| Ok(Some("old".to_owned()))))
        .await
        .unwrap();
    let damaged = StoreError::Damaged("as it may be".to_owned());

    let failed = damaged.clone();
    let result = store.update("key", Box::new(|_| Err(failed))).await;

    assert_eq!(result, Err(damaged));
    assert_eq!(store.read("key").await, Ok(Some("old".to_owned())));
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
    let forbidden = StoreError::Unavailable("the browser refuses (SecurityError)".to_owned());
    assert_eq!(read, Err(forbidden.clone()));
    assert_eq!(updated, Err(forbidden));
    assert!(storage().length().is_ok(), "the browser's own is back");
}
