use std::sync::Arc;

use alloy::primitives::Address;
use js_sys::{Array, Reflect};
use send_wrapper::SendWrapper;
use wasm_bindgen::{JsValue, closure::Closure};
use wasm_bindgen_futures::JsFuture;

use super::{
    Event,
    js::{method, object, promise, property},
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
            on("chainChanged", |chain| chain_id(chain).map(Event::Chain)),
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

    /// Sends a request to the wallet and returns the answer.
    pub(super) fn request(
        &self,
        name: &str,
        params: &[&str],
    ) -> BoxFuture<'static, Result<SendWrapper<JsValue>, OwnerError>> {
        let (provider, name) = (self.clone(), name.to_owned());
        let params = params.iter().map(|param| (*param).to_owned()).collect::<Vec<_>>();
        Box::pin(async move {
            let answer = SendWrapper::new(async move {
                let request = method(&provider.0, "request").ok_or(OwnerError::Disconnected)?;
                let params = params
                    .iter()
                    .map(|param| JsValue::from_str(param))
                    .collect::<Array>();
                let question = object([("method", JsValue::from_str(&name)), ("params", params.into())]);
                let answer = request
                    .call1(&provider.0, &question)
                    .map_err(|thrown| refused(&thrown))?;
                let answer = JsFuture::from(promise(&answer))
                    .await
                    .map_err(|thrown| refused(&thrown))?;
                Ok(SendWrapper::new(answer))
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
    call: Closure<dyn Fn(JsValue)>,
}

impl Listener {
    fn new(provider: &Eip1193, event: &'static str, listener: impl Fn(JsValue) + 'static) -> Self {
        let listener = Self {
            provider: provider.clone(),
            event,
            call: Closure::new(listener),
        };
        listener.tell("on");
        listener
    }

    fn tell(&self, name: &str) {
        // A provider without events can still sign.
        if let Some(method) = method(&self.provider.0, name) {
            let _ = method.call2(
                &self.provider.0,
                &JsValue::from_str(self.event),
                self.call.as_ref(),
            );
        }
    }
}

impl Drop for Listener {
    fn drop(&mut self) {
        self.tell("removeListener");
    }
}

/// The [EIP-1193](https://eips.ethereum.org/EIPS/eip-1193) code of a request that the user rejected.
const USER_REJECTED: i64 = 4001;
/// The EIP-1193 code of a request for an account without the user's permission.
const UNAUTHORIZED: i64 = 4100;
/// The EIP-1193 code of a provider that is disconnected from all chains.
const DISCONNECTED: i64 = 4900;
/// The JSON-RPC code of a request while an earlier one still waits for the user.
const RESOURCE_UNAVAILABLE: i64 = -32_002;
/// The JSON-RPC code of an internal error, also used for errors without a code.
const INTERNAL: i64 = -32_603;
/// The code of a `disconnect` event after which the wallet reconnects by itself, such as a short network loss.
const TRY_AGAIN_LATER: i64 = 1013;

fn refused(thrown: &JsValue) -> OwnerError {
    match code(thrown).unwrap_or(INTERNAL) {
        USER_REJECTED => OwnerError::Rejected,
        UNAUTHORIZED | DISCONNECTED => OwnerError::Disconnected,
        RESOURCE_UNAVAILABLE => OwnerError::Busy,
        code => OwnerError::Wallet {
            code,
            message: message(thrown),
        },
    }
}

fn code(error: &JsValue) -> Option<i64> {
    let code = property(error, "code")?;
    match code.as_f64() {
        Some(code) => Some(code as i64),
        None => code.as_string()?.parse().ok(),
    }
}

fn message(error: &JsValue) -> String {
    const LONGEST: usize = 300;
    let message = error
        .as_string()
        .or_else(|| property(error, "message")?.as_string());
    let message = message.unwrap_or_else(|| "no reason given".to_owned());
    message.chars().take(LONGEST).collect()
}

fn first_account(accounts: &JsValue) -> Result<Option<Address>, OwnerError> {
    let malformed = |what: &str| OwnerError::Malformed(what.to_owned());
    let first = Reflect::get_u32(accounts, 0).map_err(|_| malformed("the accounts are not an array"))?;
    if first.is_undefined() {
        return Ok(None);
    }
    let address = first.as_string().and_then(|text| text.parse().ok());
    address
        .map(Some)
        .ok_or_else(|| malformed("the account is not an address"))
}

fn chain_id(value: &JsValue) -> Option<u64> {
    u64::from_str_radix(value.as_string()?.strip_prefix("0x")?, 16).ok()
}
