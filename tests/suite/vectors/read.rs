//! Parses the notation of the files: hex in any case, `{"$bigint": "1"}`, `{"raw": "0x"}`.

use std::{error::Error, str::FromStr};

use alloy::{
    hex,
    primitives::{Bytes, U256},
};
use serde_json::Value;

use crate::support::Outcome;

pub(crate) type Read<T> = Result<T, Box<dyn Error>>;

pub(crate) fn text(value: &Value) -> Read<&str> {
    value.as_str().ok_or_else(|| format!("{value} is no text").into())
}

/// Parses a value in hex: an address, a hash, a key or bytes.
pub(crate) fn hex<T: FromStr<Err: Error + 'static>>(value: &Value) -> Read<T> {
    Ok(text(value)?.parse()?)
}

pub(crate) fn list(value: &Value) -> Read<&[Value]> {
    Ok(value.as_array().ok_or_else(|| format!("{value} is no list"))?)
}

/// Parses a number written as JSON, as hex, or as `{"$bigint": "1"}`.
pub(crate) fn number(value: &Value) -> Read<U256> {
    match value {
        Value::Object(fields) => Ok(U256::from_str_radix(text(&fields["$bigint"])?, 10)?),
        Value::String(text) => Ok(text.parse()?),
        _ => Ok(U256::from(
            value.as_u64().ok_or_else(|| format!("{value} is no number"))?,
        )),
    }
}

pub(crate) fn small<T: TryFrom<U256>>(value: &Value) -> Read<T> {
    T::try_from(number(value)?).map_err(|_| format!("{value} is out of range").into())
}

/// Compares bytes, independent of the case of their hex.
pub(crate) fn same(what: &str, ours: impl AsRef<[u8]>, theirs: &Value) -> Outcome {
    let expected: Bytes = hex(theirs)?;
    let ours = ours.as_ref();
    if ours == expected.as_ref() {
        return Ok(());
    }
    Err(format!("{what}: ours {}, theirs {expected}", hex::encode_prefixed(ours)).into())
}

pub(crate) fn same_list(what: &str, ours: &[impl AsRef<[u8]>], theirs: &Value) -> Outcome {
    let theirs = list(theirs)?;
    if ours.len() != theirs.len() {
        return Err(format!("{what}: ours are {}, theirs {}", ours.len(), theirs.len()).into());
    }
    ours.iter()
        .zip(theirs)
        .try_for_each(|(ours, theirs)| same(what, ours, theirs))
}
