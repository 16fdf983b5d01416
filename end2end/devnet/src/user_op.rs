use alloy::primitives::{Address, B256, Bytes, U256, keccak256};
use serde_json::{Value, json};

use crate::jsonrpc::RpcError;

/// A v0.6 user operation as wallets send it to paymasters. Numbers are hex or decimal. Fields that are not known yet
/// may be missing.
#[derive(Clone, Debug)]
pub(crate) struct UserOp {
    pub(crate) sender: Address,
    nonce: U256,
    init_code: Bytes,
    call_data: Bytes,
    pub(crate) limits: Limits,
    pub(crate) fees: Fees,
    pub(crate) paymaster_and_data: Bytes,
    signature: Bytes,
}

/// The gas limits of a user operation.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) struct Limits {
    pub(crate) call: U256,
    pub(crate) verification: U256,
    pub(crate) pre_verification: U256,
}

/// The gas fees of a user operation, in wei per gas.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct Fees {
    pub(crate) max: U256,
    pub(crate) priority: U256,
}

impl UserOp {
    pub(crate) fn parse(op: &Value) -> Result<Self, RpcError> {
        if !op.is_object() {
            return Err(RpcError::invalid_params(
                "the first parameter must be a user operation",
            ));
        }
        let sender = op["sender"].as_str().and_then(|sender| sender.parse().ok());
        Ok(Self {
            sender: sender.ok_or_else(|| RpcError::invalid_params("`sender` must be an address"))?,
            nonce: number(op, "nonce")?,
            init_code: bytes(op, "initCode")?,
            call_data: bytes(op, "callData")?,
            limits: Limits {
                call: number(op, "callGasLimit")?,
                verification: number(op, "verificationGasLimit")?,
                pre_verification: number(op, "preVerificationGas")?,
            },
            fees: Fees {
                max: number(op, "maxFeePerGas")?,
                priority: number(op, "maxPriorityFeePerGas")?,
            },
            paymaster_and_data: bytes(op, "paymasterAndData")?,
            signature: bytes(op, "signature")?,
        })
    }

    /// Encodes every field for a bundler, with numbers in hex.
    pub(crate) fn to_json(&self) -> Value {
        json!({
            "sender": self.sender,
            "nonce": self.nonce,
            "initCode": self.init_code,
            "callData": self.call_data,
            "callGasLimit": self.limits.call,
            "verificationGasLimit": self.limits.verification,
            "preVerificationGas": self.limits.pre_verification,
            "maxFeePerGas": self.fees.max,
            "maxPriorityFeePerGas": self.fees.priority,
            "paymasterAndData": self.paymaster_and_data,
            "signature": self.signature,
        })
    }

    /// Returns sender, nonce and the hashes of init code and call data, as the paymasters hash them.
    pub(crate) fn calls(&self) -> (Address, U256, B256, B256) {
        (
            self.sender,
            self.nonce,
            keccak256(&self.init_code),
            keccak256(&self.call_data),
        )
    }

    /// Returns the gas limits and fees, as the paymasters hash them.
    pub(crate) fn gas(&self) -> (U256, U256, U256, U256, U256) {
        let Limits {
            call,
            verification,
            pre_verification,
        } = self.limits;
        (
            call,
            verification,
            pre_verification,
            self.fees.max,
            self.fees.priority,
        )
    }

    /// Computes the maximum cost with a paymaster, in wei.
    pub(crate) fn max_cost(&self) -> U256 {
        let Limits {
            call,
            verification,
            pre_verification,
        } = self.limits;
        (call + verification * U256::from(3) + pre_verification) * self.fees.max
    }
}

impl Limits {
    pub(crate) fn from_estimate(estimate: &Value) -> Result<Self, RpcError> {
        Ok(Self {
            call: number(estimate, "callGasLimit")?,
            verification: number(estimate, "verificationGasLimit")?,
            pre_verification: number(estimate, "preVerificationGas")?,
        })
    }
}

impl Fees {
    pub(crate) fn from_json(fees: &Value) -> Result<Self, RpcError> {
        Ok(Self {
            max: number(fees, "maxFeePerGas")?,
            priority: number(fees, "maxPriorityFeePerGas")?,
        })
    }
}

/// Reads a number: hex, decimal text or a JSON number. A missing field, null, "" and "0x" are 0.
pub(crate) fn number(object: &Value, field: &str) -> Result<U256, RpcError> {
    let wrong = || RpcError::invalid_params(format!("`{field}` must be a number, in hex or decimal"));
    match &object[field] {
        Value::Null => Ok(U256::ZERO),
        Value::Number(number) => number.as_u64().map(U256::from).ok_or_else(wrong),
        Value::String(text) if text.is_empty() || text == "0x" => Ok(U256::ZERO),
        Value::String(text) => text.parse().map_err(|_| wrong()),
        _ => Err(wrong()),
    }
}

/// Reads an address.
pub(crate) fn address(value: &Value) -> Result<Address, RpcError> {
    let address = value.as_str().and_then(|text| text.parse().ok());
    address.ok_or_else(|| RpcError::invalid_params(format!("{value} is not an address")))
}

/// Reads bytes in hex. A missing field and null are empty.
pub(crate) fn bytes(object: &Value, field: &str) -> Result<Bytes, RpcError> {
    let wrong = || RpcError::invalid_params(format!("`{field}` must be bytes in hex"));
    match &object[field] {
        Value::Null => Ok(Bytes::new()),
        Value::String(text) => text.parse().map_err(|_| wrong()),
        _ => Err(wrong()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_are_read_in_every_way_wallets_write_them() {
        let object = json!({"a": "0x10", "b": "16", "c": 16, "d": "0x", "e": null, "f": "sixteen"});

        let read = |field| number(&object, field).ok();

        assert_eq!(["a", "b", "c"].map(read), [Some(U256::from(16)); 3]);
        assert_eq!(["d", "e", "g"].map(read), [Some(U256::ZERO); 3]);
        assert_eq!(read("f"), None);
    }

    #[test]
    fn an_operation_without_a_sender_is_refused() {
        assert!(UserOp::parse(&json!({"nonce": "0x0"})).is_err());
        assert!(UserOp::parse(&json!(null)).is_err());
    }
}
