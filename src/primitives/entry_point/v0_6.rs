//! Entry point v0.6: the hash and the wire form of its user operations.

use alloy::primitives::{Address, B256, U256, address, keccak256};

use super::{Version, WireField, WireValue};
use crate::primitives::{Deployment, Encoder, PaymasterData, UserOpDraft, UserOperation};

/// The address of the contract, the same on every chain.
pub(super) const ADDRESS: Address = address!("5FF137D4b0FDCD49DcA30c7CF57E578a026d2789");

/// The rules of the version.
pub(super) static VERSION: Version = Version {
    number: "0.6",
    packed,
    hash,
    paymaster_gas: None,
    draft_fields,
    paymaster_fields,
};

/// Returns the ABI encoding that is hashed first: the fields in order, with each `bytes` replaced by its hash.
fn packed(op: &UserOperation) -> Vec<u8> {
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

fn hash(op: &UserOperation, entry_point: Address, chain_id: u64) -> B256 {
    bound(&packed(op), entry_point, chain_id)
}

/// Computes the hash that signers sign: of the hash of the packed operation, the entry point and the chain.
pub(super) fn bound(packed: &[u8], entry_point: Address, chain_id: u64) -> B256 {
    let bound = Encoder::default()
        .word(keccak256(packed))
        .address(entry_point)
        .word(U256::from(chain_id));
    keccak256(bound.encode(&[]))
}

/// Returns the JSON-RPC fields of a draft that bundlers and paymasters get in every request.
fn draft_fields(draft: &UserOpDraft) -> Vec<WireField> {
    let init_code = draft.deployment.as_ref().map(Deployment::init_code);
    vec![
        ("sender", WireValue::Address(draft.sender)),
        ("nonce", WireValue::Number(draft.nonce)),
        ("initCode", WireValue::Bytes(init_code.unwrap_or_default())),
        ("callData", WireValue::Bytes(draft.call_data.clone())),
        ("maxFeePerGas", WireValue::Number(draft.fees.max_fee_per_gas)),
        (
            "maxPriorityFeePerGas",
            WireValue::Number(draft.fees.max_priority_fee_per_gas),
        ),
    ]
}

/// Returns the JSON-RPC field of the paymaster. Without a paymaster the field is empty.
fn paymaster_fields(paymaster: Option<&PaymasterData>) -> Vec<WireField> {
    let bytes = paymaster.map(PaymasterData::to_bytes).unwrap_or_default();
    vec![("paymasterAndData", WireValue::Bytes(bytes))]
}
