//! Entry point v0.7: the hash and the wire form of its user operations.

use alloy::{
    eips::eip7702::SignedAuthorization,
    primitives::{Address, B256, Bytes, U256, address, keccak256},
};

use super::{Version, WireField, WireValue, v0_6};
use crate::primitives::{Deployment, Encoder, PaymasterData, UserOpDraft, UserOperation};

/// The address of the contract, the same on every chain.
pub(super) const ADDRESS: Address = address!("0000000071727De22E5E9d8BAf0edAc6f37da032");

/// The rules of the version.
pub(super) static VERSION: Version = Version {
    number: "0.7",
    packed,
    hash,
    paymaster_gas: PAYMASTER_GAS,
    draft_fields,
    paymaster_fields,
};

/// The JSON-RPC names of the paymaster's gas limits.
pub(super) const PAYMASTER_GAS: Option<[&str; 2]> =
    Some(["paymasterVerificationGasLimit", "paymasterPostOpGasLimit"]);

/// Returns the ABI encoding that is hashed first: the fields of a packed operation in order, with each `bytes` replaced
/// by its hash.
fn packed(op: &UserOperation) -> Vec<u8> {
    let init_code = op.deployment.as_ref().map(Deployment::init_code);
    packed_with(op, &init_code.unwrap_or_default())
}

/// Returns the ABI encoding that is hashed first, with an `initCode`.
pub(super) fn packed_with(op: &UserOperation, init_code: &[u8]) -> Vec<u8> {
    Encoder::default()
        .address(op.sender)
        .word(op.nonce)
        .word(keccak256(init_code))
        .word(keccak256(&op.call_data))
        .word(pair(op.gas.verification, op.gas.call))
        .word(op.gas.pre_verification)
        .word(pair(op.fees.max_priority_fee_per_gas, op.fees.max_fee_per_gas))
        .word(keccak256(paymaster_and_data(op)))
        .encode(&[])
}

fn hash(op: &UserOperation, entry_point: Address, chain_id: u64) -> B256 {
    v0_6::bound(&packed(op), entry_point, chain_id)
}

/// Returns two numbers of 128 bits in one word. Larger numbers are refused where answers are read.
fn pair(high: U256, low: U256) -> B256 {
    let numbers = [high, low].map(|number| number.saturating_to::<u128>().to_be_bytes());
    B256::from_slice(numbers.as_flattened())
}

/// Returns the paymaster, its gas limits and its data.
fn paymaster_and_data(op: &UserOperation) -> Vec<u8> {
    let Some(PaymasterData { paymaster, data }) = &op.paymaster else {
        return Vec::new();
    };
    let gas = pair(op.gas.paymaster.verification, op.gas.paymaster.post_op);
    [paymaster.as_slice(), gas.as_slice(), data].concat()
}

/// Returns the JSON-RPC fields of a draft that bundlers and paymasters get in every request.
pub(super) fn draft_fields(draft: &UserOpDraft) -> Vec<WireField> {
    let mut fields = vec![
        ("sender", WireValue::Address(draft.sender)),
        ("nonce", WireValue::Number(draft.nonce)),
        ("callData", WireValue::Bytes(draft.call_data.clone())),
        ("maxFeePerGas", WireValue::Number(draft.fees.max_fee_per_gas)),
        (
            "maxPriorityFeePerGas",
            WireValue::Number(draft.fees.max_priority_fee_per_gas),
        ),
    ];
    match &draft.deployment {
        None => {}
        Some(Deployment::Factory { factory, data }) => {
            fields.push(("factory", WireValue::Address(*factory)));
            fields.push(("factoryData", WireValue::Bytes(data.clone())));
        }
        Some(Deployment::Delegation(authorization)) => {
            fields.push((
                "eip7702Auth",
                WireValue::Fields(authorization_fields(authorization)),
            ));
        }
    }
    fields
}

/// Returns the JSON-RPC fields of an authorization ([ERC-7769](https://eips.ethereum.org/EIPS/eip-7769)).
fn authorization_fields(authorization: &SignedAuthorization) -> Vec<WireField> {
    let word = |number: U256| WireValue::Bytes(Bytes::from(number.to_be_bytes::<32>()));
    vec![
        ("chainId", WireValue::Number(authorization.chain_id)),
        ("address", WireValue::Address(authorization.address)),
        ("nonce", WireValue::Number(U256::from(authorization.nonce))),
        ("r", word(authorization.r())),
        ("s", word(authorization.s())),
        ("yParity", WireValue::Number(U256::from(authorization.y_parity()))),
    ]
}

/// Returns the JSON-RPC fields of the paymaster. Without a paymaster there are none.
pub(super) fn paymaster_fields(paymaster: Option<&PaymasterData>) -> Vec<WireField> {
    let Some(PaymasterData { paymaster, data }) = paymaster else {
        return Vec::new();
    };
    vec![
        ("paymaster", WireValue::Address(*paymaster)),
        ("paymasterData", WireValue::Bytes(data.clone())),
    ]
}
