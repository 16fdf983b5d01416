use alloy::primitives::Bytes;
use serde_json::{Map, Value, json};

use super::{Failure, part::Part};
use crate::primitives::{Fees, GasLimits, SignedUserOperation, UserOpDraft, UserOperation};

/// A user operation in its JSON-RPC form: all values in hex, unknown fields left out.
#[derive(Clone, Debug)]
pub(super) struct WireUserOp(pub(super) Map<String, Value>);

impl WireUserOp {
    /// Creates the JSON form of an unsigned draft.
    pub(super) fn draft(draft: &UserOpDraft) -> Self {
        Self(Map::new())
            .with("sender", json!(draft.sender))
            .with("nonce", json!(draft.nonce))
            .with("initCode", json!(draft.init_code))
            .with("callData", json!(draft.call_data))
            .fees(draft.fees)
    }

    /// Creates the JSON form of a complete operation without its signature.
    pub(super) fn whole(op: &UserOperation) -> Self {
        Self(Map::new())
            .with("sender", json!(op.sender))
            .with("nonce", json!(op.nonce))
            .with("initCode", json!(op.init_code))
            .with("callData", json!(op.call_data))
            .fees(op.fees)
            .gas(op.gas)
    }

    /// Creates the JSON form of a signed operation.
    pub(super) fn signed(signed: &SignedUserOperation) -> Self {
        Self::whole(&signed.op)
            .paymaster_and_data(&signed.op.paymaster_and_data)
            .signature(&signed.signature)
    }

    pub(super) fn gas(self, gas: GasLimits) -> Self {
        self.with("callGasLimit", json!(gas.call))
            .with("verificationGasLimit", json!(gas.verification))
            .with("preVerificationGas", json!(gas.pre_verification))
    }

    pub(super) fn paymaster_and_data(self, paymaster_and_data: &Bytes) -> Self {
        self.with("paymasterAndData", json!(paymaster_and_data))
    }

    pub(super) fn signature(self, signature: &Bytes) -> Self {
        self.with("signature", json!(signature))
    }

    fn fees(self, fees: Fees) -> Self {
        self.with("maxFeePerGas", json!(fees.max_fee_per_gas))
            .with("maxPriorityFeePerGas", json!(fees.max_priority_fee_per_gas))
    }

    fn with(mut self, name: &str, value: Value) -> Self {
        self.0.insert(name.to_owned(), value);
        self
    }
}

impl From<WireUserOp> for Value {
    fn from(op: WireUserOp) -> Self {
        Self::Object(op.0)
    }
}

/// Reads the three gas limits of an answer.
pub(super) fn gas_limits(answer: Part<'_>) -> Result<GasLimits, Failure> {
    // The field's name before ERC-7769; some bundlers answer both.
    let older = answer.field("verificationGas").find();
    let verification = answer.field("verificationGasLimit");
    let verification = verification.find().or(older).unwrap_or(verification);
    Ok(GasLimits {
        call: answer.field("callGasLimit").gas()?,
        verification: verification.gas()?,
        pre_verification: answer.field("preVerificationGas").gas()?,
    })
}

/// Reads the fees of an answer.
pub(super) fn fees(answer: Part<'_>) -> Result<Fees, Failure> {
    let fees = Fees {
        max_fee_per_gas: answer.field("maxFeePerGas").gas()?,
        max_priority_fee_per_gas: answer.field("maxPriorityFeePerGas").gas()?,
    };
    if fees.max_priority_fee_per_gas > fees.max_fee_per_gas {
        return Err(Failure::Malformed(
            "maxPriorityFeePerGas is above maxFeePerGas".to_owned(),
        ));
    }
    Ok(fees)
}
