use std::{cell::Cell, rc::Rc, sync::Arc};

use alloy::primitives::Address;
use js_sys::{Array, JSON};
use send_wrapper::SendWrapper;
use wasm_bindgen::{JsValue, closure::Closure};
use wasm_bindgen_futures::JsFuture;

use super::{
    Event,
    js::{method, object, promise, property},
    read::{chain_id, first_account},
    thrown::{code, refused},
};
use crate::{OwnerError, platform::BoxFuture};

/// An [EIP-1193](https://eips.ethereum.org/EIPS/eip-1193) provider. Its properties, answers and errors are not trusted.
#[derive(Clone)]
pub(super) struct Eip1193(SendWrapper<JsValue>);

impl Eip1193 {
    pub(super) fn new(provider: JsValue) -> Option<Self> {
        method(&provider, "request")
            .is_some()
            .then(|| Self(SendWrapper::new(provider)))
    }

    /// Returns the object of the wallet.
    pub(super) fn object(&self) -> &JsValue {
        &self.0
    }

    pub(super) fn chain_id(&self) -> BoxFuture<'static, Option<u64>> {
        let answer = self.request("eth_chainId", &[]);
        Box::pin(async move { chain_id(&*answer.await.ok()?) })
    }

    pub(super) fn subscribe(&self, listener: &Arc<dyn Fn(Event)>) -> Subscription {
        let on = |name, read: fn(&JsValue) -> Option<Event>| {
            let listener = Arc::clone(listener);
            Listener::new(self, name, move |value| {
                if let Some(event) = read(&value) {
                    listener(event);
                }
            })
        };
        let listeners = vec![
            on("accountsChanged", |accounts| {
                first_account(accounts).ok().map(Event::Account)
            }),
            on("chainChanged", |chain| Some(Event::Chain(chain_id(chain)))),
            on("connect", |_| Some(Event::Connected)),
            on("disconnect", |error| {
                (code(error) != Some(TRY_AGAIN_LATER)).then_some(Event::Disconnected)
            }),
        ];
        Subscription(SendWrapper::new(listeners))
    }

    /// Returns the first account of a method's answer.
    pub(super) fn first_account(
        &self,
        method: &str,
    ) -> BoxFuture<'static, Result<Option<Address>, OwnerError>> {
        let answer = self.request(method, &[]);
        Box::pin(async move { first_account(&*answer.await?) })
    }

    /// Returns true for WalletConnect's provider, which begins a session with [`ENABLE`] alone.
    pub(super) fn is_of_wallet_connect(&self) -> bool {
        property(&self.0, "isWalletConnect").is_some_and(|is| is.is_truthy())
    }

    /// Sends a request to the wallet and returns the answer.
    pub(super) fn request(
        &self,
        name: &str,
        params: &[&str],
    ) -> BoxFuture<'static, Result<SendWrapper<JsValue>, OwnerError>> {
        let params = params.iter().map(|param| JsValue::from_str(param)).collect();
        self.request_with(name, params)
    }

    /// Sends a request with parameters in JSON to the wallet and returns the answer in JSON.
    pub(super) fn request_json<'a>(
        &'a self,
        name: &'a str,
        params: &'a str,
    ) -> BoxFuture<'a, Result<String, OwnerError>> {
        Box::pin(SendWrapper::new(async move {
            let malformed = |_| OwnerError::Malformed("a value is not JSON".to_owned());
            let params = Array::from(&JSON::parse(params).map_err(malformed)?);
            let answer = self.request_with(name, params).await?;
            let answer = JSON::stringify(&answer).map_err(malformed)?;
            // The text of a value that JSON does not have is undefined.
            Ok(answer.as_string().unwrap_or_else(|| "null".to_owned()))
        }))
    }

    /// Sends a request with parameters of any type to the wallet and returns the answer.
    fn request_with(
        &self,
        name: &str,
        params: Array,
    ) -> BoxFuture<'static, Result<SendWrapper<JsValue>, OwnerError>> {
        let (provider, name, params) = (self.clone(), name.to_owned(), SendWrapper::new(params));
        Box::pin(async move {
            let answer = SendWrapper::new(async move {
                let function = if name == ENABLE { ENABLE } else { "request" };
                let request = method(&provider.0, function).ok_or(OwnerError::Disconnected)?;
                let params = params.take().into();
                let question = object([("method", JsValue::from_str(&name)), ("params", params)]);
                let answer = request
                    .call1(&provider.0, &question)
                    .map_err(|thrown| refused(&thrown))?;
                let answer = JsFuture::from(promise(&answer))
                    .await
                    .map_err(|thrown| refused(&thrown))?;
                // Some providers return the whole JSON-RPC response.
                if let Some(error) = property(&answer, "error") {
                    return Err(refused(&error));
                }
                let result = property(&answer, "result");
                Ok(SendWrapper::new(result.unwrap_or(answer)))
            });
            answer.await
        })
    }
}

/// Returns the provider at `window.ethereum`, which wallets injected before EIP-6963.
pub(super) fn injected() -> Option<JsValue> {
    property(&js_sys::global(), "ethereum").filter(JsValue::is_object)
}

/// The listeners of a provider's events. Dropping the value removes the listeners.
pub(in crate::hooks) struct Subscription(
    #[allow(dead_code, reason = "held until it is dropped")] SendWrapper<Vec<Listener>>,
);

struct Listener {
    provider: Eip1193,
    event: &'static str,
    /// The function that the provider calls. A provider may go on to call the function after it was removed.
    call: JsValue,
    is_heard: Rc<Cell<bool>>,
}

impl Listener {
    fn new(provider: &Eip1193, event: &'static str, listener: impl Fn(JsValue) + 'static) -> Self {
        let is_heard = Rc::new(Cell::new(true));
        let still = Rc::clone(&is_heard);
        let call = Closure::<dyn Fn(JsValue)>::new(move |value| {
            if still.get() {
                listener(value);
            }
        });
        let listener = Self {
            provider: provider.clone(),
            event,
            call: call.into_js_value(),
            is_heard,
        };
        listener.tell(["on", "addListener"]);
        listener
    }

    /// Calls the first of the provider's methods that exists. A provider without events can still sign.
    fn tell(&self, names: [&str; 2]) {
        let provider = &self.provider.0;
        if let Some(method) = names.iter().find_map(|name| method(provider, name)) {
            let _ = method.call2(provider, &JsValue::from_str(self.event), &self.call);
        }
    }
}

impl Drop for Listener {
    fn drop(&mut self) {
        self.is_heard.set(false);
        self.tell(["removeListener", "off"]);
    }
}

/// The function that connects a provider ([EIP-1102](https://eips.ethereum.org/EIPS/eip-1102)), and answers as
/// `eth_requestAccounts` does. It ignores what it is passed.
pub(super) const ENABLE: &str = "enable";

/// The code of a `disconnect` event after which the wallet reconnects by itself, such as a short network loss.
const TRY_AGAIN_LATER: i64 = 1013;
