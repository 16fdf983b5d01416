use alloy::primitives::{Address, Bytes, U256};
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};

use super::{
    Failure,
    quantity::{Notation, Quantity},
};
use crate::primitives::{Fees, GasLimits, SignedUserOperation, UserOpDraft, UserOperation};

/// A user operation as services read it: hex throughout, what is not known left out.
#[derive(Clone, Debug, Serialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct WireUserOp<'a> {
    sender: Address,
    nonce: U256,
    init_code: &'a Bytes,
    call_data: &'a Bytes,
    #[serde(flatten, skip_serializing_if = "Option::is_none")]
    gas: Option<WireGasLimits>,
    max_fee_per_gas: U256,
    max_priority_fee_per_gas: U256,
    #[serde(skip_serializing_if = "Option::is_none")]
    paymaster_and_data: Option<&'a Bytes>,
    #[serde(skip_serializing_if = "Option::is_none")]
    signature: Option<&'a Bytes>,
}

#[derive(Clone, Copy, Debug, Serialize)]
#[serde(rename_all = "camelCase")]
struct WireGasLimits {
    call_gas_limit: U256,
    verification_gas_limit: U256,
    pre_verification_gas: U256,
}

impl<'a> WireUserOp<'a> {
    /// A draft under its dummy signature.
    pub(super) const fn draft(draft: &'a UserOpDraft) -> Self {
        Self {
            sender: draft.sender,
            nonce: draft.nonce,
            init_code: &draft.init_code,
            call_data: &draft.call_data,
            gas: None,
            max_fee_per_gas: draft.fees.max_fee_per_gas,
            max_priority_fee_per_gas: draft.fees.max_priority_fee_per_gas,
            paymaster_and_data: None,
            signature: Some(&draft.dummy_signature),
        }
    }

    /// A whole operation, not signed.
    pub(super) fn whole(op: &'a UserOperation) -> Self {
        Self {
            sender: op.sender,
            nonce: op.nonce,
            init_code: &op.init_code,
            call_data: &op.call_data,
            gas: Some(op.gas.into()),
            max_fee_per_gas: op.fees.max_fee_per_gas,
            max_priority_fee_per_gas: op.fees.max_priority_fee_per_gas,
            paymaster_and_data: Some(&op.paymaster_and_data),
            signature: None,
        }
    }

    /// A whole operation with its signature.
    pub(super) fn signed(signed: &'a SignedUserOperation) -> Self {
        Self {
            signature: Some(&signed.signature),
            ..Self::whole(&signed.op)
        }
    }

    pub(super) fn gas(mut self, gas: GasLimits) -> Self {
        self.gas = Some(gas.into());
        self
    }

    pub(super) const fn paymaster_and_data(mut self, paymaster_and_data: Option<&'a Bytes>) -> Self {
        self.paymaster_and_data = paymaster_and_data;
        self
    }

    pub(super) const fn unsigned(mut self) -> Self {
        self.signature = None;
        self
    }
}

impl From<GasLimits> for WireGasLimits {
    fn from(gas: GasLimits) -> Self {
        Self {
            call_gas_limit: gas.call,
            verification_gas_limit: gas.verification,
            pre_verification_gas: gas.pre_verification,
        }
    }
}

/// Gas limits in an answer.
#[derive(Clone, Copy, Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct WireEstimate {
    call_gas_limit: Option<Quantity>,
    verification_gas_limit: Option<Quantity>,
    // The name before the standard's; some bundlers answer both.
    verification_gas: Option<Quantity>,
    pre_verification_gas: Option<Quantity>,
}

impl WireEstimate {
    /// All three limits.
    pub(super) fn read(self, notation: Notation) -> Result<GasLimits, Failure> {
        let read = |quantity: Option<Quantity>, name| {
            quantity
                .ok_or_else(|| Failure::Malformed(format!("there is no {name} in it")))?
                .read_gas(name, notation)
        };
        Ok(GasLimits {
            call: read(self.call_gas_limit, "callGasLimit")?,
            verification: read(
                self.verification_gas_limit.or(self.verification_gas),
                "verificationGasLimit",
            )?,
            pre_verification: read(self.pre_verification_gas, "preVerificationGas")?,
        })
    }
}

/// Fees in an answer.
#[derive(Clone, Copy, Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct WireFees {
    max_fee_per_gas: Quantity,
    max_priority_fee_per_gas: Quantity,
}

impl WireFees {
    pub(super) fn read(self, notation: Notation) -> Result<Fees, Failure> {
        let fees = Fees {
            max_fee_per_gas: self.max_fee_per_gas.read_gas("maxFeePerGas", notation)?,
            max_priority_fee_per_gas: self
                .max_priority_fee_per_gas
                .read_gas("maxPriorityFeePerGas", notation)?,
        };
        if fees.max_priority_fee_per_gas > fees.max_fee_per_gas {
            return Err(Failure::Malformed(
                "maxPriorityFeePerGas is above maxFeePerGas".to_owned(),
            ));
        }
        Ok(fees)
    }
}

/// The fields of an operation as they go over the wire.
pub(super) fn fields(op: &WireUserOp<'_>) -> Result<Map<String, Value>, Failure> {
    let unreadable = || Failure::Malformed("the question itself".to_owned());
    match serde_json::to_value(op) {
        Ok(Value::Object(fields)) => Ok(fields),
        _ => Err(unreadable()),
    }
}
