//! Authorizations of EIP-7702, for which wallets have no common standard yet.

use alloy::{
    eips::eip7702::Authorization,
    hex,
    primitives::{Address, Signature},
};
use js_sys::Array;
use wasm_bindgen::JsValue;

use super::{
    eip1193::Eip1193,
    js::{object, property},
    owner::signature,
    read::integer,
};
use crate::{OwnerError, primitives::checksum};

/// The methods by which wallets sign authorizations, the most common one first.
const METHODS: [&str; 2] = ["eth_signAuthorization", "wallet_signAuthorization"];

/// The codes of a method that a wallet does not have: of JSON-RPC, EIP-1193 and EIP-1474.
const UNKNOWN_METHOD: [i64; 3] = [-32_601, 4200, -32_004];

/// Lets a wallet sign an authorization.
pub(super) async fn sign(
    provider: Eip1193,
    owner: Address,
    authorization: Authorization,
) -> Result<Signature, OwnerError> {
    for method in METHODS {
        let params = Array::of1(&request(owner, &authorization));
        match provider.request_with(method, params).await {
            Ok(answer) => return read(&answer),
            Err(error) if is_of_unknown_method(&error) => {}
            Err(error) => return Err(error),
        }
    }
    Err(OwnerError::NoAuthorization)
}

/// Returns the request in the names of all wallets: some call the delegate `address`, and others `contractAddress`.
fn request(owner: Address, authorization: &Authorization) -> JsValue {
    let number = |digits: String| JsValue::from_str(&digits);
    let delegate = JsValue::from_str(&checksum(&authorization.address));
    let owner = JsValue::from_str(&checksum(&owner));
    object([
        ("chainId", number(format!("{:#x}", authorization.chain_id))),
        ("nonce", number(format!("{:#x}", authorization.nonce))),
        ("address", delegate.clone()),
        ("contractAddress", delegate),
        ("account", owner.clone()),
        ("from", owner),
    ])
    .into()
}

/// Reads a signature: bytes in hex, or an object of `r`, `s` and the parity, also as the `signature` of an object.
fn read(answer: &JsValue) -> Result<Signature, OwnerError> {
    let inner = property(answer, "signature");
    let answer = inner.as_ref().unwrap_or(answer);
    if let Some(text) = answer.as_string() {
        return signature(&text);
    }
    let malformed = || OwnerError::Malformed("the authorization has no signature".to_owned());
    let number = |name| {
        let digits = property(answer, name)?.as_string()?;
        let digits = digits.strip_prefix("0x").unwrap_or(&digits);
        hex::decode(format!("{digits:0>64}")).ok()
    };
    let parity = ["yParity", "y_parity", "v"]
        .iter()
        .find_map(|name| integer(&property(answer, name)?));
    let parts = number("r").zip(number("s")).zip(parity);
    let ((r, s), parity) = parts.ok_or_else(malformed)?;
    let parity = u8::try_from(parity).map_err(|_| malformed())?;
    signature(&hex::encode([r, s, vec![parity]].concat()))
}

/// Returns true if a wallet does not have the method that was requested.
fn is_of_unknown_method(error: &OwnerError) -> bool {
    let OwnerError::Wallet { code, message } = error else {
        return false;
    };
    // Many wallets answer an internal error with a text. The searches of `str` would cost a page kilobytes.
    let text = message.as_bytes();
    UNKNOWN_METHOD.contains(code) || text.windows(7).any(|part| part.eq_ignore_ascii_case(b"support"))
}
