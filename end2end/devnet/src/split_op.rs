use alloy::primitives::{Address, B256, Bytes, U256, keccak256};
use serde_json::{Value, json};

use crate::{
    jsonrpc::RpcError,
    user_op::{Fees, Limits, bytes, number},
};

/// The factory of an operation that delegates its sender (EIP-7702).
const DELEGATION: &str = "0x7702";

/// A v0.7 or v0.8 user operation as wallets send it to paymasters, with split fields. Fields that are not known yet may
/// be missing.
#[derive(Clone, Debug)]
pub(crate) struct SplitUserOp {
    pub(crate) sender: Address,
    pub(crate) limits: Limits,
    pub(crate) fees: Fees,
    /// The gas limits of the paymaster, if they are known.
    pub(crate) paymaster_limits: Option<PaymasterLimits>,
    nonce: U256,
    init_code: Bytes,
    call_data: Bytes,
    /// The operation as it was sent.
    sent: Value,
}

/// The gas limits of a paymaster's two calls.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct PaymasterLimits {
    pub(crate) verification: U256,
    pub(crate) post_op: U256,
}

impl SplitUserOp {
    pub(crate) fn parse(op: &Value) -> Result<Self, RpcError> {
        if !op.is_object() {
            return Err(RpcError::invalid_params(
                "the first parameter must be a user operation",
            ));
        }
        let sender = op["sender"].as_str().and_then(|sender| sender.parse().ok());
        Ok(Self {
            sender: sender.ok_or_else(|| RpcError::invalid_params("`sender` must be an address"))?,
            limits: Limits::from_estimate(op)?,
            fees: Fees::from_json(op)?,
            paymaster_limits: PaymasterLimits::from_json(op)?,
            nonce: number(op, "nonce")?,
            init_code: init_code(op)?,
            call_data: bytes(op, "callData")?,
            sent: op.clone(),
        })
    }

    /// Encodes every field for a bundler, with numbers in hex.
    pub(crate) fn to_json(&self, paymaster: Address, data: &Bytes, limits: PaymasterLimits) -> Value {
        let mut op = self.sent.clone();
        op["nonce"] = json!(self.nonce);
        op["callGasLimit"] = json!(self.limits.call);
        op["verificationGasLimit"] = json!(self.limits.verification);
        op["preVerificationGas"] = json!(self.limits.pre_verification);
        op["maxFeePerGas"] = json!(self.fees.max);
        op["maxPriorityFeePerGas"] = json!(self.fees.priority);
        op["paymaster"] = json!(paymaster);
        op["paymasterData"] = json!(data);
        op["paymasterVerificationGasLimit"] = json!(limits.verification);
        op["paymasterPostOpGasLimit"] = json!(limits.post_op);
        op
    }

    /// Returns sender, nonce and the hashes of init code and call data, as the paymaster hashes them.
    pub(crate) fn calls(&self) -> (Address, U256, B256, B256) {
        (
            self.sender,
            self.nonce,
            keccak256(&self.init_code),
            keccak256(&self.call_data),
        )
    }

    /// Returns the gas limits and fees, packed as the paymaster hashes them.
    pub(crate) fn gas(&self, paymaster: PaymasterLimits) -> (B256, B256, U256, B256) {
        (
            packed(self.limits.verification, self.limits.call),
            packed(paymaster.verification, paymaster.post_op),
            self.limits.pre_verification,
            packed(self.fees.priority, self.fees.max),
        )
    }
}

impl PaymasterLimits {
    /// Reads the limits of an operation or of an estimate.
    pub(crate) fn from_json(object: &Value) -> Result<Option<Self>, RpcError> {
        if object["paymasterVerificationGasLimit"].is_null() {
            return Ok(None);
        }
        Ok(Some(Self {
            verification: number(object, "paymasterVerificationGasLimit")?,
            post_op: number(object, "paymasterPostOpGasLimit")?,
        }))
    }
}

/// Packs two numbers of 128 bits into a word.
fn packed(high: U256, low: U256) -> B256 {
    ((high << 128_usize) | low).into()
}

fn init_code(op: &Value) -> Result<Bytes, RpcError> {
    let mut factory = bytes(op, "factory")?.to_vec();
    if op["factory"] == DELEGATION {
        factory.resize(Address::len_bytes(), 0);
    }
    factory.extend(bytes(op, "factoryData")?);
    Ok(factory.into())
}

#[cfg(test)]
mod tests {
    use alloy::primitives::{b256, hex};

    use super::*;

    #[test]
    fn init_code_is_the_factory_and_its_data() {
        let code = |op: Value| init_code(&op).ok().map(|code| code.to_vec());

        assert_eq!(code(json!({})), Some(Vec::new()));
        assert_eq!(
            code(json!({"factory": null, "factoryData": null})),
            Some(Vec::new())
        );
        assert_eq!(
            code(json!({"factory": Address::repeat_byte(1), "factoryData": "0x02"})),
            Some(hex!("0101010101010101010101010101010101010101" "02").to_vec())
        );
        assert_eq!(
            code(json!({"factory": "0x7702"})),
            Some(hex!("7702000000000000000000000000000000000000").to_vec())
        );
    }

    #[test]
    fn limits_are_packed_in_the_order_of_the_entry_point() {
        let op = SplitUserOp::parse(&json!({
            "sender": Address::ZERO,
            "callGasLimit": 1,
            "verificationGasLimit": 2,
            "preVerificationGas": 3,
            "maxFeePerGas": 4,
            "maxPriorityFeePerGas": 5,
            "paymasterVerificationGasLimit": 6,
            "paymasterPostOpGasLimit": 7,
        }));
        let op = op.expect("an operation");

        let gas = op.gas(op.paymaster_limits.expect("limits"));

        assert_eq!(
            gas,
            (
                b256!("0000000000000000000000000000000200000000000000000000000000000001"),
                b256!("0000000000000000000000000000000600000000000000000000000000000007"),
                U256::from(3),
                b256!("0000000000000000000000000000000500000000000000000000000000000004"),
            )
        );
    }
}
