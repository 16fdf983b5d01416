//! Entry points v0.8 and v0.9: the operations of v0.7, hashed as typed data
//! ([EIP-712](https://eips.ethereum.org/EIPS/eip-712)).

use alloy::primitives::{Address, B256, Bytes, U256, address, keccak256};

use super::{Version, WireField, WireValue, v0_7};
use crate::primitives::{Deployment, Encoder, UserOpDraft, UserOperation, typed_data_hash};

/// The address of the contract, the same on every chain.
pub(super) const ADDRESS: Address = address!("4337084D9E255Ff0702461CF8895CE9E3b5Ff108");

/// The address of the contract of v0.9, the same on every chain.
pub(super) const ADDRESS_V0_9: Address = address!("433709009B8330FDa32311DF1C2AFA402eD8D009");

/// The rules of v0.8.
pub(super) static VERSION: Version = Version {
    number: "0.8",
    packed,
    hash,
    paymaster_gas: v0_7::PAYMASTER_GAS,
    draft_fields,
    paymaster_fields: v0_7::paymaster_fields,
};

/// The rules of v0.9. Signatures of paymasters that are added after the owner has signed are not supported.
pub(super) static VERSION_V0_9: Version = Version {
    number: "0.9",
    ..VERSION
};

const OPERATION: &str = "PackedUserOperation(address sender,uint256 nonce,bytes initCode,bytes callData,\
    bytes32 accountGasLimits,uint256 preVerificationGas,bytes32 gasFees,bytes paymasterAndData)";

const DOMAIN: &str = "EIP712Domain(string name,string version,uint256 chainId,address verifyingContract)";

/// The factory of an operation that delegates its sender ([EIP-7702](https://eips.ethereum.org/EIPS/eip-7702)).
const DELEGATION: [u8; 2] = [0x77, 0x02];

/// Returns the ABI encoding that is hashed first. The hash of a delegation has the delegate in place of the factory.
fn packed(op: &UserOperation) -> Vec<u8> {
    let init_code = match &op.deployment {
        Some(Deployment::Delegation(authorization)) => {
            Bytes::copy_from_slice(authorization.address.as_slice())
        }
        Some(deployment) => deployment.init_code(),
        None => Bytes::new(),
    };
    v0_7::packed_with(op, &init_code)
}

/// Returns the JSON-RPC fields of a draft that bundlers and paymasters get in every request.
fn draft_fields(draft: &UserOpDraft) -> Vec<WireField> {
    let mut fields = v0_7::draft_fields(draft);
    if let Some(Deployment::Delegation(_)) = &draft.deployment {
        fields.push(("factory", WireValue::Bytes(DELEGATION.into())));
    }
    fields
}

fn hash(op: &UserOperation, entry_point: Address, chain_id: u64) -> B256 {
    let domain = Encoder::default()
        .word(keccak256(DOMAIN))
        .word(keccak256("ERC4337"))
        .word(keccak256("1"))
        .word(U256::from(chain_id))
        .address(entry_point)
        .encode(&[]);
    let operation = [keccak256(OPERATION).as_slice(), &packed(op)].concat();
    typed_data_hash(keccak256(domain), keccak256(operation))
}
