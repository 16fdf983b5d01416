//! The values that wallets answer, in the many forms that they have.

use alloy::primitives::Address;
use js_sys::Reflect;
use wasm_bindgen::JsValue;

use super::js::property;
use crate::OwnerError;

/// Reads an integer: a number, a bigint, or decimal or hex text.
pub(super) fn integer(value: &JsValue) -> Option<i64> {
    /// The largest integer that a number holds exactly.
    const LARGEST: f64 = 9_007_199_254_740_991.0;

    if let Some(number) = value.as_f64() {
        return (number.abs() <= LARGEST && number % 1.0 == 0.0).then_some(number as i64);
    }
    match value.as_string() {
        Some(text) => {
            let text = text.trim();
            let digits = text.strip_prefix("0x").or_else(|| text.strip_prefix("0X"));
            let radix = if digits.is_some() { 16 } else { 10 };
            i64::from_str_radix(digits.unwrap_or(text), radix).ok()
        }
        None => value.clone().try_into().ok(),
    }
}

/// Reads a chain id: an integer above zero, also as the `chainId` of an object, or behind a namespace
/// ([CAIP-2](https://chainagnostic.org/CAIPs/caip-2)).
pub(super) fn chain_id(value: &JsValue) -> Option<u64> {
    let chain = property(value, "chainId");
    let chain = chain.as_ref().unwrap_or(value);
    let reference = chain
        .as_string()
        .map(|text| JsValue::from_str(behind_chain(&text)));
    let chain = integer(reference.as_ref().unwrap_or(chain))?;
    u64::try_from(chain).ok().filter(|chain| *chain > 0)
}

/// Returns the text behind the last colon.
fn behind_chain(text: &str) -> &str {
    let colon = text.bytes().rposition(|byte| byte == b':');
    text.get(colon.map_or(0, |colon| colon + 1)..).unwrap_or_default()
}

/// Reads the first of several accounts: a list, also as the `accounts` of an object, or one account alone. `null` in place of
/// the list or of the account is none.
pub(super) fn first_account(accounts: &JsValue) -> Result<Option<Address>, OwnerError> {
    let malformed = |what: &str| OwnerError::Malformed(what.to_owned());
    if accounts.is_null() {
        return Ok(None);
    }
    if let Some(account) = address(accounts) {
        return Ok(Some(account));
    }
    let list = property(accounts, "accounts");
    let list = list.as_ref().unwrap_or(accounts);
    let first = Reflect::get_u32(list, 0).map_err(|_| malformed("the accounts are not an array"))?;
    if first.is_undefined() || first.is_null() {
        return Ok(None);
    }
    let account = address(&first).ok_or_else(|| malformed("the account is not an address"))?;
    Ok(Some(account))
}

/// Reads an address: text, also with a chain before it ([CAIP-10](https://chainagnostic.org/CAIPs/caip-10)), or the
/// `address` of an object.
fn address(account: &JsValue) -> Option<Address> {
    let text = account
        .as_string()
        .or_else(|| property(account, "address")?.as_string())?;
    let text = behind_chain(text.trim());
    let digits = text.strip_prefix("0X").unwrap_or(text);
    digits.parse().ok()
}
