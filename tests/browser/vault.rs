//! The vault of the store in the browser.

use alloy::primitives::{B256, hex};
use use_aa::{
    LocalStore, SessionKey, SessionStore, StoreError,
    store::{KeyVault, SealedKey},
};
use wasm_bindgen_test::wasm_bindgen_test;

use crate::{local_store::in_database, page::promised};

fn vault(store: &LocalStore) -> &dyn KeyVault {
    store.vault().unwrap()
}

#[wasm_bindgen_test]
async fn sealed_key_is_opened_by_this_browser_and_shows_nothing_of_itself() {
    let store = LocalStore::new();
    let key = SessionKey::random().unwrap();
    let secret = hex::encode(B256::from(key.clone()));

    vault(&store).ready().await.unwrap();
    let sealed = vault(&store).seal(&key).await.unwrap();
    let again = vault(&store).seal(&key).await.unwrap();
    let opened = vault(&store).open(&sealed).await.unwrap().of(key.address());

    assert_eq!(B256::from(opened.unwrap()), B256::from(key));
    // A nonce of 12 bytes, the key of 32 bytes, and an authentication tag of 16 bytes.
    assert_eq!(sealed.bytes.len(), 60);
    assert_ne!(sealed.bytes, again.bytes, "no two seals are alike");
    assert!(!hex::encode(&sealed.bytes).contains(&secret[..16]));
}

#[wasm_bindgen_test]
async fn what_was_changed_or_is_of_another_key_is_not_opened() {
    let store = LocalStore::new();
    let key = SessionKey::random().unwrap();
    let sealed = vault(&store).seal(&key).await.unwrap();
    let other = SessionKey::random().unwrap().address();
    let mut flipped = sealed.bytes.to_vec();
    flipped[20] ^= 1;

    for (address, bytes) in [
        (sealed.address, flipped.into()),
        (sealed.address, sealed.bytes.slice(..59)),
        (sealed.address, sealed.bytes.slice(..11)),
        (sealed.address, Default::default()),
        (other, sealed.bytes.clone()),
    ] {
        let opened = vault(&store).open(&SealedKey { address, bytes }).await;
        assert_eq!(opened.err(), Some(StoreError::Locked(address)));
    }
}

#[wasm_bindgen_test]
async fn key_of_the_browser_cannot_be_read() {
    vault(&LocalStore::new()).ready().await.unwrap();

    let said = promised(
        "indexedDB.open('use-aa').onsuccess = ({ target: { result: database } }) => {
            database.transaction('keys').objectStore('keys').get('sessions').onsuccess = ({ target: { result } }) => {
                database.close();
                crypto.subtle.exportKey('raw', result)
                    .then(() => done('exported'), (error) => done(error.name + ' ' + result.extractable));
            };
        }",
    )
    .await;

    assert_eq!(said.as_string().as_deref(), Some("InvalidAccessError false"));
}

#[wasm_bindgen_test]
async fn key_of_the_browser_is_made_anew_where_it_was_removed_or_is_none() {
    let store = LocalStore::new();
    // A copy of the storage as text, such as Playwright's `storageState`, has an empty object instead of the key.
    for request in ["objects.clear()", "objects.put({}, 'sessions')"] {
        let lost = vault(&store).seal(&SessionKey::random().unwrap()).await.unwrap();
        in_database("keys", request).await;

        let key = SessionKey::random().unwrap();
        let sealed = vault(&store).seal(&key).await.unwrap();

        let kept = in_database("keys", "objects.get('sessions')").await;
        assert_eq!(kept, "[object CryptoKey]", "{request}");
        let opened = vault(&store).open(&sealed).await.unwrap().of(key.address());
        assert_eq!(B256::from(opened.unwrap()), B256::from(key), "{request}");
        let opened = vault(&store).open(&lost).await;
        assert_eq!(opened.err(), Some(StoreError::Locked(lost.address)), "{request}");
    }
}
