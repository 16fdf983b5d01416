use std::cell::RefCell;

use js_sys::{Array, Promise, Uint8Array};
use send_wrapper::SendWrapper;
use wasm_bindgen::{JsCast, JsValue};
use wasm_bindgen_futures::JsFuture;
use web_sys::{AesGcmParams, CryptoKey, SubtleCrypto};
use zeroize::Zeroizing;

use super::database::{self, KEYS};
use crate::{
    SessionKey, StoreError,
    platform::{self, BoxFuture, IS_BROWSER},
    store::{KeyVault, OpenedKey, SealedKey},
};

/// A key vault that seals session keys with AES-GCM under a non-extractable key of the browser. The sealed bytes are
/// bound to the session key's address.
#[derive(Clone, Copy, Debug)]
pub(super) struct BrowserVault;

/// A vault that seals and opens no key.
#[derive(Clone, Copy, Debug)]
pub(super) struct NoKeys;

impl KeyVault for NoKeys {
    fn seal<'a>(&'a self, _key: &'a SessionKey) -> BoxFuture<'a, Result<SealedKey, StoreError>> {
        Box::pin(async { Err(Self::unavailable()) })
    }

    fn open<'a>(&'a self, _sealed: &'a SealedKey) -> BoxFuture<'a, Result<OpenedKey, StoreError>> {
        Box::pin(async { Err(Self::unavailable()) })
    }
}

impl NoKeys {
    fn unavailable() -> StoreError {
        StoreError::Unavailable("the store keeps no session keys; pass `LocalStore::new()`".to_owned())
    }
}

/// The length of the AES-GCM initialization vector, in bytes. Each sealing uses a random vector.
const IV: usize = 12;

/// The name of the browser's key in the object store.
const NAME: &str = "sessions";

thread_local! {
    /// The browser's key, cached after the first look-up.
    static KEY: RefCell<Option<CryptoKey>> = const { RefCell::new(None) };
}

impl KeyVault for BrowserVault {
    fn ready(&self) -> BoxFuture<'_, Result<(), StoreError>> {
        Box::pin(SendWrapper::new(async { key().await.map(drop) }))
    }

    fn seal<'a>(&'a self, key: &'a SessionKey) -> BoxFuture<'a, Result<SealedKey, StoreError>> {
        Box::pin(SendWrapper::new(async move {
            let address = key.address();
            let iv = platform::random::<IV>()?;
            let params = params(&iv, address.as_slice());
            // The cached key may be stale: clearing the site's data removes the key from the database.
            let browser_key = key_now().await?;
            let sealing = {
                let secret = key.secret();
                let subtle = subtle()?;
                subtle.encrypt_with_object_and_u8_array(&params, &browser_key, &secret[..])
            };
            let sealed = answer(sealing).await?.map_err(|_| unusable())?;
            let bytes = [&iv[..], &Uint8Array::new(&sealed).to_vec()].concat().into();
            Ok(SealedKey { address, bytes })
        }))
    }

    fn open<'a>(&'a self, sealed: &'a SealedKey) -> BoxFuture<'a, Result<OpenedKey, StoreError>> {
        Box::pin(SendWrapper::new(async move {
            let locked = || StoreError::Locked(sealed.address);
            let (iv, bytes) = sealed.bytes.split_at_checked(IV).ok_or_else(locked)?;
            let params = params(iv, sealed.address.as_slice());
            let browser_key = key().await?;
            let opening = subtle()?.decrypt_with_object_and_u8_array(&params, &browser_key, bytes);
            let opened = answer(opening).await?.map_err(|_| locked())?;
            let opened = Uint8Array::new(&opened);
            let mut secret = Zeroizing::new([0; 32]);
            if opened.length() != 32 {
                return Err(locked());
            }
            opened.copy_to(&mut secret[..]);
            opened.fill(0, 0, 32);
            Ok(OpenedKey::new(secret))
        }))
    }
}

/// Returns the browser's key, from the cache if possible. The first call in a browser creates the key.
async fn key() -> Result<CryptoKey, StoreError> {
    match KEY.with_borrow(Clone::clone) {
        Some(key) => Ok(key),
        None => key_now().await,
    }
}

/// Returns the browser's key from the database. A missing record, or one that is not a key, is replaced by a new
/// key.
async fn key_now() -> Result<CryptoKey, StoreError> {
    let key = match database::read(KEYS, NAME).await?.dyn_into() {
        Ok(key) => key,
        Err(_) => {
            let mut key = make().await?;
            let keep = |record: &JsValue| {
                // Another tab may have stored a key first; that key is used.
                if let Some(record) = record.dyn_ref::<CryptoKey>() {
                    key = record.clone();
                }
                Ok(key.clone().into())
            };
            database::update(KEYS, NAME, Box::new(keep), Box::new(|| ())).await?;
            key
        }
    };
    KEY.set(Some(CryptoKey::clone(&key)));
    Ok(key)
}

/// Generates a non-extractable key.
async fn make() -> Result<CryptoKey, StoreError> {
    let algorithm = js_sys::Object::new();
    let set = |name: &str, value: JsValue| js_sys::Reflect::set(&algorithm, &name.into(), &value);
    let uses = Array::of2(&"encrypt".into(), &"decrypt".into());
    let made = set("name", "AES-GCM".into())
        .and_then(|_| set("length", 256.into()))
        .and_then(|_| subtle().map_err(|_| JsValue::NULL))
        .and_then(|subtle| subtle.generate_key_with_object(&algorithm, false, &uses));
    answer(made)
        .await?
        .ok()
        .and_then(|key| key.dyn_into().ok())
        .ok_or_else(unusable)
}

/// Waits for WebCrypto, up to 30 s. Returns what its promise is settled with.
async fn answer(asked: Result<Promise, JsValue>) -> Result<Result<JsValue, JsValue>, StoreError> {
    let asked = JsFuture::from(asked.map_err(|_| unusable())?);
    let settled = async { Ok(SendWrapper::new(asked.await)) };
    let settled = database::within("WebCrypto does not answer; reload the page", settled).await?;
    Ok(settled.take())
}

/// Returns AES-GCM parameters with copies of the bytes, because Wasm memory may move before they are used.
fn params(iv: &[u8], bound_to: &[u8]) -> AesGcmParams {
    let params = AesGcmParams::new_with_u8_array("AES-GCM", &Uint8Array::from(iv));
    params.set_additional_data_u8_array(&Uint8Array::from(bound_to));
    params
}

fn subtle() -> Result<SubtleCrypto, StoreError> {
    let window = IS_BROWSER.then(web_sys::window).flatten();
    let crypto = window.and_then(|window| window.crypto().ok());
    // `subtle` is missing if the page is not in a secure context.
    let subtle = crypto.map(|crypto| crypto.subtle());
    subtle
        .filter(|subtle| !subtle.is_undefined())
        .ok_or_else(unusable)
}

fn unusable() -> StoreError {
    StoreError::Unavailable(
        "no WebCrypto or IndexedDB; open the page over HTTPS and allow this site to store data, or pass a \
         `MemoryStore`"
            .to_owned(),
    )
}
