use std::fmt;

use alloy::{
    hex,
    primitives::{Address, Signature},
};
use js_sys::{Array, Function, Object, Promise, Reflect};
use send_wrapper::SendWrapper;
use wasm_bindgen::{JsCast, JsValue, closure::Closure};
use wasm_bindgen_futures::JsFuture;

use super::Event;
use crate::{Owner, OwnerError, platform::BoxFuture};

/// The object through which a page speaks with a wallet. Whatever it holds, answers or throws may be anything.
#[derive(Clone)]
pub(super) struct Eip1193(SendWrapper<JsValue>);

impl Eip1193 {
    pub(super) fn new(provider: JsValue) -> Option<Self> {
        method(&provider, "request")
            .is_some()
            .then(|| Self(SendWrapper::new(provider)))
    }

    /// The first account that the page may know, after the user was asked.
    pub(super) fn request_accounts(&self) -> BoxFuture<'static, Result<Option<Address>, OwnerError>> {
        self.first_account("eth_requestAccounts")
    }

    /// The first account that the page may know already.
    pub(super) fn accounts(&self) -> BoxFuture<'static, Result<Option<Address>, OwnerError>> {
        self.first_account("eth_accounts")
    }

    pub(super) fn chain_id(&self) -> BoxFuture<'static, Option<u64>> {
        let answer = self.request("eth_chainId", &[]);
        Box::pin(async move { chain_id(&*answer.await.ok()?) })
    }

    pub(super) fn subscribe(&self, listener: impl Fn(Event) + Clone + 'static) -> Subscription {
        let on = |name, read: fn(&JsValue) -> Option<Event>| {
            let listener = listener.clone();
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

    fn first_account(&self, method: &str) -> BoxFuture<'static, Result<Option<Address>, OwnerError>> {
        let answer = self.request(method, &[]);
        Box::pin(async move { first_account(&*answer.await?) })
    }

    fn request(
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

/// The one object that wallets fought over before EIP-6963.
pub(super) fn injected() -> Option<JsValue> {
    property(&js_sys::global(), "ethereum").filter(JsValue::is_object)
}

/// An account in a wallet.
pub(super) struct Eip1193Owner {
    provider: Eip1193,
    address: Address,
}

impl Eip1193Owner {
    pub(super) const fn new(provider: Eip1193, address: Address) -> Self {
        Self { provider, address }
    }
}

impl Owner for Eip1193Owner {
    fn address(&self) -> Address {
        self.address
    }

    fn sign_message<'a>(&'a self, message: &'a [u8]) -> BoxFuture<'a, Result<Signature, OwnerError>> {
        let params = [hex::encode_prefixed(message), self.address.to_string()];
        let answer = self
            .provider
            .request("personal_sign", &params.each_ref().map(String::as_str));
        Box::pin(async move {
            let answer = answer.await?.as_string();
            let answer =
                answer.ok_or_else(|| OwnerError::Malformed("the signature is no text".to_owned()))?;
            signature(&answer, message, self.address)
        })
    }
}

impl fmt::Debug for Eip1193Owner {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Eip1193Owner")
            .field("address", &self.address)
            .finish_non_exhaustive()
    }
}

/// Dropped, it stops listening.
pub(in crate::hooks) struct Subscription(
    #[allow(dead_code, reason = "it is kept to be dropped")] SendWrapper<Vec<Listener>>,
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
        // A wallet without events can still sign.
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

/// [EIP-1193](https://eips.ethereum.org/EIPS/eip-1193): the user said no.
const USER_REJECTED: i64 = 4001;
/// The page may not know this account.
const UNAUTHORIZED: i64 = 4100;
/// The wallet reaches no chain.
const DISCONNECTED: i64 = 4900;
/// An earlier request still waits for the user.
const RESOURCE_UNAVAILABLE: i64 = -32_002;
/// What an error without a code counts as.
const INTERNAL: i64 = -32_603;
/// The wallet will be back by itself, as after a short loss of the network.
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
    property(error, "code")?.as_f64().map(|code| code as i64)
}

fn message(error: &JsValue) -> String {
    const LONGEST: usize = 300;
    let message = error
        .as_string()
        .or_else(|| property(error, "message")?.as_string());
    let message = message.unwrap_or_else(|| "it gave no reason".to_owned());
    message.chars().take(LONGEST).collect()
}

fn first_account(accounts: &JsValue) -> Result<Option<Address>, OwnerError> {
    let malformed = |what: &str| OwnerError::Malformed(what.to_owned());
    let first = Reflect::get_u32(accounts, 0).map_err(|_| malformed("the accounts are no list"))?;
    if first.is_undefined() {
        return Ok(None);
    }
    let address = first.as_string().and_then(|text| text.parse().ok());
    address
        .map(Some)
        .ok_or_else(|| malformed("the account is no address"))
}

fn chain_id(value: &JsValue) -> Option<u64> {
    u64::from_str_radix(value.as_string()?.strip_prefix("0x")?, 16).ok()
}

/// The signature in a wallet's answer, if it is one of this owner over this message.
fn signature(answer: &str, message: &[u8], owner: Address) -> Result<Signature, OwnerError> {
    let malformed = |what: &str| OwnerError::Malformed(what.to_owned());
    let bytes = hex::decode(answer).map_err(|_| malformed("the signature is not hexadecimal"))?;
    let signature = match bytes.len() {
        64 => Signature::from_erc2098(&bytes),
        65 => Signature::from_raw(&bytes).map_err(|_| malformed("the signature ends in an unknown `v`"))?,
        _ => {
            return Err(malformed(
                "the signature has not 65 bytes, as one of a contract wallet may",
            ));
        }
    };
    let signature = signature.normalized_s();
    let signed = signature.recover_address_from_msg(message);
    let signed = signed.map_err(|_| malformed("nobody could have made this signature"))?;
    if signed == owner {
        Ok(signature)
    } else {
        Err(OwnerError::WrongSigner { owner, signed })
    }
}

/// A property that is there and does not throw when it is read.
pub(super) fn property(object: &JsValue, name: &str) -> Option<JsValue> {
    let value = Reflect::get(object, &JsValue::from_str(name)).ok()?;
    (!value.is_undefined() && !value.is_null()).then_some(value)
}

pub(super) fn method(object: &JsValue, name: &str) -> Option<Function> {
    property(object, name)
        .filter(JsValue::is_function)
        .map(JsCast::unchecked_into)
}

fn object<const N: usize>(properties: [(&str, JsValue); N]) -> Object {
    let object = Object::new();
    for (name, value) in properties {
        // A fresh object takes every property.
        let _ = Reflect::set(&object, &JsValue::from_str(name), &value);
    }
    object
}

/// A promise of the page's own, which a wallet's value cannot make throw.
fn promise(value: &JsValue) -> Promise {
    Promise::new(&mut |resolve, _| {
        let _ = resolve.call1(&JsValue::UNDEFINED, value);
    })
}

#[cfg(test)]
mod tests {
    use alloy::{
        primitives::{address, hex},
        signers::{SignerSync, local::PrivateKeySigner},
    };

    use super::*;

    fn signed() -> (PrivateKeySigner, Vec<u8>, [u8; 65]) {
        let key = PrivateKeySigner::from_slice(&[7; 32]).unwrap();
        let message = b"a user operation's hash".to_vec();
        let signature = key.sign_message_sync(&message).unwrap().as_bytes();
        (key, message, signature)
    }

    #[test]
    fn a_signature_is_read_however_its_last_byte_is_written() {
        let (key, message, bytes) = signed();
        let expected = Signature::from_raw(&bytes).unwrap();
        let electrum = bytes;
        let mut plain = bytes;
        plain[64] -= 27;

        for answer in [electrum.to_vec(), plain.to_vec(), expected.as_erc2098().to_vec()] {
            for text in [hex::encode(&answer), hex::encode_prefixed(&answer)] {
                assert_eq!(signature(&text, &message, key.address()), Ok(expected));
            }
        }
    }

    #[test]
    fn the_other_half_of_the_curve_is_brought_back() {
        use alloy::primitives::U256;
        let (key, message, bytes) = signed();
        let low = Signature::from_raw(&bytes).unwrap();
        let order = U256::from_be_bytes(hex!(
            "fffffffffffffffffffffffffffffffebaaedce6af48a03bbfd25e8cd0364141"
        ));
        let high = Signature::new(low.r(), order - low.s(), !low.v());

        let answer = hex::encode_prefixed(high.as_bytes());

        assert_eq!(signature(&answer, &message, key.address()), Ok(low));
    }

    #[test]
    fn a_signature_of_somebody_else_is_an_error() {
        let (key, message, bytes) = signed();
        let owner = address!("00000000000000000000000000000000000000aa");

        let wrong = signature(&hex::encode_prefixed(bytes), &message, owner);

        assert_eq!(
            wrong,
            Err(OwnerError::WrongSigner {
                owner,
                signed: key.address()
            })
        );
    }

    #[test]
    fn what_is_no_signature_is_an_error() {
        let (key, message, mut bytes) = signed();
        bytes[64] = 2;
        let cases = [
            String::new(),
            "0x".to_owned(),
            "not hex".to_owned(),
            hex::encode_prefixed(bytes),
            hex::encode_prefixed([0; 65]),
            hex::encode_prefixed([0xff; 64]),
            hex::encode_prefixed([1; 96]),
        ];

        for answer in cases {
            let result = signature(&answer, &message, key.address());
            assert!(
                matches!(result, Err(OwnerError::Malformed(_))),
                "{answer}: {result:?}"
            );
        }
    }
}
