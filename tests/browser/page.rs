//! A page for a test, with its own reactive owner and scripted wallets.

use std::{
    cell::{Cell, RefCell},
    rc::Rc,
    time::Duration,
};

use alloy::{
    hex,
    primitives::{Address, B256, b256},
    signers::{SignerSync, local::PrivateKeySigner},
};
use any_spawner::Executor;
use gloo_timers::future::sleep;
use js_sys::{Array, Function, Object, Promise, Reflect};
use leptos::prelude::Owner;
use wasm_bindgen::{JsCast, JsValue, closure::Closure};
use wasm_bindgen_futures::JsFuture;
use web_sys::{CustomEvent, CustomEventInit, Storage, window};

/// The lifetime of a component, which ends when the value is dropped.
pub(crate) struct Page(Owner);

impl Page {
    /// Creates a page with empty storage.
    pub(crate) async fn new() -> Self {
        clear_site().await;
        Self::reload()
    }

    /// Creates a page with the storage that an earlier page has left.
    pub(crate) fn reload() -> Self {
        // Fails if another test has initialized the executor.
        let _ = Executor::init_wasm_bindgen();
        Self(Owner::new())
    }

    pub(crate) fn with<T>(&self, build: impl FnOnce() -> T) -> T {
        self.0.with(build)
    }
}

impl Drop for Page {
    fn drop(&mut self) {
        self.0.cleanup();
    }
}

/// Waits until a condition holds.
pub(crate) async fn until(what: &str, holds: impl Fn() -> bool) {
    for _ in 0..6_000 {
        if holds() {
            return;
        }
        sleep(Duration::from_millis(10)).await;
    }
    panic!("it never came to pass: {what}");
}

/// Waits for pending effects, for 50 ms.
pub(crate) async fn settle() {
    sleep(Duration::from_millis(50)).await;
}

pub(crate) fn storage() -> Storage {
    window().unwrap().local_storage().unwrap().unwrap()
}

/// Clears the site's storage in this browser.
pub(crate) async fn clear_site() {
    storage().clear().unwrap();
    promised("indexedDB.deleteDatabase('use-aa').onsuccess = () => done()").await;
}

/// Runs JavaScript and returns the value passed to `done`.
pub(crate) async fn promised(body: &str) -> JsValue {
    let promise: Promise = js(&format!("return new Promise((done) => {{ {body} }})")).unchecked_into();
    JsFuture::from(promise).await.unwrap()
}

/// Runs JavaScript and returns its result.
pub(crate) fn js(body: &str) -> JsValue {
    Function::new_no_args(body).call0(&JsValue::UNDEFINED).unwrap()
}

/// Announces a wallet as an extension does (EIP-6963).
pub(crate) fn announce(detail: &JsValue) {
    let init = CustomEventInit::new();
    init.set_detail(detail);
    let event = CustomEvent::new_with_event_init_dict("eip6963:announceProvider", &init).unwrap();
    window().unwrap().dispatch_event(&event).unwrap();
}

pub(crate) fn set(object: &JsValue, name: &str, value: impl Into<JsValue>) {
    Reflect::set(object, &name.into(), &value.into()).unwrap();
}

pub(crate) fn get(object: &JsValue, name: &str) -> JsValue {
    Reflect::get(object, &name.into()).unwrap()
}

pub(crate) fn key(byte: u8) -> PrivateKeySigner {
    PrivateKeySigner::from_slice(&[byte; 32]).unwrap()
}

/// Returns the address of a key's smart account.
pub(crate) fn account_of(key: &PrivateKeySigner) -> Address {
    use_aa::Account::of(key.address()).address()
}

/// The typed data that the test wallet accepts, with its hash as viem's `hashTypedData` computes it.
pub(crate) const VOTE: &str = concat!(
    r#"{"types":{"EIP712Domain":[{"name":"name","type":"string"}],"#,
    r#""Vote":[{"name":"proposal","type":"uint256"},{"name":"yes","type":"bool"}]},"#,
    r#""primaryType":"Vote","domain":{"name":"Flowers"},"message":{"proposal":"7","yes":true}}"#,
);
pub(crate) const VOTE_HASH: B256 = b256!("6fb7643bb3c40ea5cb62c7112bd670a7de426c3e2898726c0833849a82e14a26");

/// A wallet with the EIP-1193 provider of an extension.
pub(crate) struct TestWallet {
    pub(crate) provider: JsValue,
    state: Rc<State>,
}

struct State {
    keys: RefCell<Vec<PrivateKeySigner>>,
    asked: RefCell<Vec<String>>,
    refusal: RefCell<Option<JsValue>>,
    /// The delay before the wallet responds, in milliseconds.
    delay: Cell<u64>,
}

impl TestWallet {
    pub(crate) fn new(keys: impl IntoIterator<Item = PrivateKeySigner>) -> Self {
        let state = Rc::new(State {
            keys: RefCell::new(keys.into_iter().collect()),
            asked: RefCell::default(),
            refusal: RefCell::default(),
            delay: Cell::default(),
        });
        let provider = js("const listeners = [];
            return {
                listeners,
                on(event, call) { listeners.push({ event, call }); },
                removeListener(event, call) {
                    const i = listeners.findIndex((l) => l.event === event && l.call === call);
                    if (i >= 0) listeners.splice(i, 1);
                },
                emit(event, value) {
                    listeners.filter((l) => l.event === event).forEach((l) => l.call(value));
                },
            };");
        let answering = Rc::clone(&state);
        let request = Closure::<dyn FnMut(JsValue) -> Promise>::new(move |question: JsValue| {
            let state = Rc::clone(&answering);
            wasm_bindgen_futures::future_to_promise(async move { state.answer(&question).await })
        });
        set(&provider, "request", request.into_js_value());
        Self { provider, state }
    }

    /// Announces the wallet to the page.
    pub(crate) fn announce(&self, uuid: &str, rdns: &str) {
        let detail = js("return { info: { name: 'Test wallet', icon: 'data:image/svg+xml,<svg/>' } };");
        let info = get(&detail, "info");
        set(&info, "uuid", uuid);
        set(&info, "rdns", rdns);
        set(&detail, "provider", &self.provider);
        announce(&detail);
    }

    /// Returns the methods requested from the wallet, in order.
    pub(crate) fn asked(&self) -> Vec<String> {
        self.state.asked.borrow().clone()
    }

    /// Returns the number of event listeners.
    pub(crate) fn listeners(&self) -> u32 {
        get(&self.provider, "listeners")
            .unchecked_into::<Array>()
            .length()
    }

    /// Emits an event to the listeners.
    pub(crate) fn emit(&self, event: &str, value: impl Into<JsValue>) {
        let emit: Function = get(&self.provider, "emit").unchecked_into();
        emit.call2(&self.provider, &event.into(), &value.into()).unwrap();
    }

    pub(crate) fn refuse(&self, error: JsValue) {
        self.state.refusal.replace(Some(error));
    }

    pub(crate) fn think(&self, millis: u64) {
        self.state.delay.set(millis);
    }

    pub(crate) fn use_keys(&self, keys: impl IntoIterator<Item = PrivateKeySigner>) {
        self.state.keys.replace(keys.into_iter().collect());
    }

    /// Returns the addresses of keys, as the wallet reports them.
    pub(crate) fn addresses(keys: &[PrivateKeySigner]) -> JsValue {
        keys.iter()
            .map(|key| JsValue::from(key.address().to_string()))
            .collect::<Array>()
            .into()
    }
}

impl State {
    async fn answer(&self, question: &JsValue) -> Result<JsValue, JsValue> {
        let method = get(question, "method").as_string().unwrap();
        self.asked.borrow_mut().push(method.clone());
        if self.delay.get() > 0 {
            sleep(Duration::from_millis(self.delay.get())).await;
        }
        if let Some(error) = &*self.refusal.borrow() {
            return Err(error.clone());
        }
        let keys = self.keys.borrow();
        Ok(match method.as_str() {
            "eth_requestAccounts" | "eth_accounts" => TestWallet::addresses(&keys),
            "eth_chainId" => "0x13882".into(),
            "personal_sign" => {
                let params: Array = get(question, "params").unchecked_into();
                let message = hex::decode(params.get(0).as_string().unwrap()).unwrap();
                assert_eq!(params.length(), 2);
                let signature = keys[0].sign_message_sync(&message).unwrap();
                hex::encode_prefixed(signature.as_bytes()).into()
            }
            "eth_signTypedData_v4" => {
                let params: Array = get(question, "params").unchecked_into();
                assert_eq!(params.get(1).as_string().as_deref(), Some(VOTE));
                let signature = keys[0].sign_hash_sync(&VOTE_HASH).unwrap();
                hex::encode_prefixed(signature.as_bytes()).into()
            }
            method => return Err(Object::from(js_sys::Error::new(method)).into()),
        })
    }
}
