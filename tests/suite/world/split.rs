//! The wire format of entry point v0.7, whose fields are packed in v0.6.

use alloy::primitives::{Bytes, U256};
use serde_json::{Value, json};

use super::Refusal;

/// The length of a paymaster's address and its two gas limits.
pub(super) const PAYMASTER_HEAD: usize = 20 + 16 + 16;

pub(super) fn is_split(op: &Value) -> bool {
    op["initCode"].is_null()
}

/// Returns two numbers of 128 bits in one word.
pub(super) fn pair(high: U256, low: U256) -> U256 {
    (high << 128) | low
}

/// Packs the fields of an operation.
pub(super) fn packed(op: &Value) -> Result<Value, Refusal> {
    let wrong = |name: &str| Refusal::params(format!("`{name}` cannot be read: {}", op[name]));
    let bytes = |name: &str| match &op[name] {
        Value::Null => Ok(Bytes::new()),
        Value::String(text) => text.parse::<Bytes>().map_err(|_| wrong(name)),
        _ => Err(wrong(name)),
    };
    let limit = |name: &str| match &op[name] {
        Value::Null => Ok([0; 16]),
        Value::String(text) => {
            let number = text.parse::<U256>().map_err(|_| wrong(name))?;
            Ok(number.saturating_to::<u128>().to_be_bytes())
        }
        _ => Err(wrong(name)),
    };
    let mut packed = op.clone();
    packed["initCode"] = json!(Bytes::from([bytes("factory")?, bytes("factoryData")?].concat()));
    let paymaster = bytes("paymaster")?;
    let payment = match paymaster.is_empty() {
        true => Bytes::new(),
        false => {
            let limits = [
                limit("paymasterVerificationGasLimit")?,
                limit("paymasterPostOpGasLimit")?,
            ];
            [&paymaster, limits.as_flattened(), &bytes("paymasterData")?]
                .concat()
                .into()
        }
    };
    packed["paymasterAndData"] = json!(payment);
    Ok(packed)
}

/// Splits the packed fields of an operation.
pub(super) fn split(op: &Value) -> Value {
    let bytes = |name: &str| {
        let bytes = op[name].as_str().and_then(|text| text.parse::<Bytes>().ok());
        bytes.unwrap_or_default()
    };
    let mut split = op.clone();
    if let Some(fields) = split.as_object_mut() {
        fields.remove("initCode");
        fields.remove("paymasterAndData");
    }
    if let Some((factory, data)) = bytes("initCode").split_at_checked(20) {
        split["factory"] = json!(Bytes::copy_from_slice(factory));
        split["factoryData"] = json!(Bytes::copy_from_slice(data));
    }
    if let Some((head, data)) = bytes("paymasterAndData").split_at_checked(PAYMASTER_HEAD) {
        split["paymaster"] = json!(Bytes::copy_from_slice(&head[..20]));
        split["paymasterVerificationGasLimit"] = json!(U256::from_be_slice(&head[20..36]));
        split["paymasterPostOpGasLimit"] = json!(U256::from_be_slice(&head[36..]));
        split["paymasterData"] = json!(Bytes::copy_from_slice(data));
    }
    split
}
