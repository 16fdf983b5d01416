//! Authorizations of EIP-7702, for which wallets have no common standard yet.

use alloy::{
    eips::eip7702::Authorization,
    hex,
    primitives::{Signature, U256},
};

use super::{AccountOwner, OwnerError, signature};
use crate::platform::Json;

/// The methods by which wallets sign authorizations, the most common one first.
const METHODS: [&str; 2] = ["eth_signAuthorization", "wallet_signAuthorization"];

/// The codes of a method that a wallet does not have: of JSON-RPC, EIP-1193 and EIP-1474.
const UNKNOWN_METHOD: [i64; 3] = [-32_601, 4200, -32_004];

/// Lets an owner sign an authorization: the owner's key, or else its wallet.
pub(crate) async fn authorization_by(
    owner: &dyn AccountOwner,
    authorization: &Authorization,
) -> Result<Signature, OwnerError> {
    match owner.sign_authorization(authorization).await {
        Err(OwnerError::NoAuthorization) => {}
        signed => return signed,
    }
    let params = Json::Array(vec![request(owner, authorization)]).to_string();
    for method in METHODS {
        match owner.request(method, &params).await {
            Ok(answer) => return read(&answer),
            Err(error) if is_of_unknown_method(&error) => {}
            Err(error) => return Err(error),
        }
    }
    Err(OwnerError::NoAuthorization)
}

/// Returns the request in the names of all wallets: some call the delegate `address`, and others `contractAddress`.
fn request(owner: &dyn AccountOwner, authorization: &Authorization) -> Json {
    let delegate = || Json::from(authorization.address.to_checksum(None).as_str());
    let owner = || Json::from(owner.address().to_checksum(None).as_str());
    Json::object([
        ("chainId", authorization.chain_id.into()),
        ("nonce", U256::from(authorization.nonce).into()),
        ("address", delegate()),
        ("contractAddress", delegate()),
        ("account", owner()),
        ("from", owner()),
    ])
}

/// Reads a signature: bytes in hex, or an object of `r`, `s` and the parity, also as the `signature` of an object.
fn read(answer: &str) -> Result<Signature, OwnerError> {
    let malformed = || OwnerError::Malformed("the authorization has no signature".to_owned());
    let answer = Json::parse(answer).map_err(|_| malformed())?;
    let answer = answer.get("signature").unwrap_or(&answer);
    if let Some(text) = answer.as_str() {
        return signature(text);
    }
    let number = |name: &str| answer[name].parsed::<U256>();
    let parity = ["yParity", "y_parity", "v"]
        .iter()
        .find_map(|name| number(name).or_else(|| answer[*name].as_u64().map(U256::from)));
    let parts = number("r").zip(number("s")).zip(parity);
    let ((r, s), parity) = parts.ok_or_else(malformed)?;
    let parity = u8::try_from(parity).map_err(|_| malformed())?;
    let bytes = [&r.to_be_bytes::<32>()[..], &s.to_be_bytes::<32>(), &[parity]].concat();
    signature(&hex::encode(bytes))
}

/// Returns true if a wallet does not have the method that was requested.
fn is_of_unknown_method(error: &OwnerError) -> bool {
    let OwnerError::Wallet { code, message } = error else {
        return false;
    };
    // Many wallets answer an internal error with a text.
    UNKNOWN_METHOD.contains(code) || message.to_ascii_lowercase().contains("support")
}
