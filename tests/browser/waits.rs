//! A browser that does not answer.

use use_aa::{LocalStore, SessionKey, SessionStore, StoreError};
use wasm_bindgen_test::wasm_bindgen_test;

use crate::page::{clear_site, js};

#[wasm_bindgen_test]
async fn a_browser_whose_encryption_does_not_answer_is_not_waited_for_for_ever() {
    let store = LocalStore::new();
    let vault = store.vault().unwrap();
    let key = SessionKey::random().unwrap();
    let silent = Some(StoreError::Unavailable(
        "WebCrypto does not answer; reload the page".to_owned(),
    ));
    let sealed = vault.seal(&key).await.unwrap();

    for method in ["encrypt", "decrypt", "generateKey"] {
        js(&format!(
            "window.own = setTimeout;
             window.setTimeout = (call, ms) => own(call, ms >= 10_000 ? 500 : ms);
             crypto.subtle.{method} = () => new Promise(() => {{}});"
        ));
        let error = match method {
            "encrypt" => vault.seal(&key).await.err(),
            "decrypt" => vault.open(&sealed).await.err(),
            _ => {
                clear_site().await;
                vault.seal(&key).await.err()
            }
        };
        js(&format!(
            "window.setTimeout = own; delete crypto.subtle.{method};"
        ));

        assert_eq!(error, silent, "{method}");
        assert!(vault.seal(&key).await.is_ok(), "{method}");
    }
}
