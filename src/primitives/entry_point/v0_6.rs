//! Entry point v0.6: the hash and the wire form of its user operations.

use alloy::primitives::{Address, B256, U256, address, keccak256};

use super::WireField;
use crate::primitives::{Deployment, Encoder, PaymasterData, UserOpDraft, UserOperation};

/// The address of the contract, the same on every chain.
pub(super) const ADDRESS: Address = address!("5FF137D4b0FDCD49DcA30c7CF57E578a026d2789");

/// Returns the ABI encoding that is hashed first: the fields in order, with each `bytes` replaced by its hash.
pub(super) fn packed(op: &UserOperation) -> Vec<u8> {
    let init_code = op.deployment.as_ref().map(Deployment::init_code);
    let paymaster = op.paymaster.as_ref().map(PaymasterData::to_bytes);
    Encoder::default()
        .address(op.sender)
        .word(op.nonce)
        .word(keccak256(init_code.unwrap_or_default()))
        .word(keccak256(&op.call_data))
        .word(op.gas.call)
        .word(op.gas.verification)
        .word(op.gas.pre_verification)
        .word(op.fees.max_fee_per_gas)
        .word(op.fees.max_priority_fee_per_gas)
        .word(keccak256(paymaster.unwrap_or_default()))
        .encode(&[])
}

/// Computes the hash that signers sign.
pub(super) fn hash(op: &UserOperation, entry_point: Address, chain_id: u64) -> B256 {
    let bound = Encoder::default()
        .word(keccak256(packed(op)))
        .address(entry_point)
        .word(U256::from(chain_id));
    keccak256(bound.encode(&[]))
}

/// Returns the JSON-RPC fields of a draft that bundlers and paymasters get in every request.
pub(super) fn draft_fields(draft: &UserOpDraft) -> Vec<(&'static str, WireField)> {
    let init_code = draft.deployment.as_ref().map(Deployment::init_code);
    vec![
        ("sender", WireField::Address(draft.sender)),
        ("nonce", WireField::Number(draft.nonce)),
        ("initCode", WireField::Bytes(init_code.unwrap_or_default())),
        ("callData", WireField::Bytes(draft.call_data.clone())),
        ("maxFeePerGas", WireField::Number(draft.fees.max_fee_per_gas)),
        (
            "maxPriorityFeePerGas",
            WireField::Number(draft.fees.max_priority_fee_per_gas),
        ),
    ]
}

/// Returns the JSON-RPC field of the paymaster. Without a paymaster the field is empty.
pub(super) fn paymaster_field(paymaster: Option<&PaymasterData>) -> (&'static str, WireField) {
    let bytes = paymaster.map(PaymasterData::to_bytes).unwrap_or_default();
    ("paymasterAndData", WireField::Bytes(bytes))
}
