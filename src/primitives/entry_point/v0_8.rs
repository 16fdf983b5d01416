//! Entry point v0.8: the operations of v0.7, hashed as typed data
//! ([EIP-712](https://eips.ethereum.org/EIPS/eip-712)).

use alloy::primitives::{Address, B256, U256, address, keccak256};

use super::{Version, v0_7};
use crate::primitives::{Encoder, UserOperation, typed_data_hash};

/// The address of the contract, the same on every chain.
pub(super) const ADDRESS: Address = address!("4337084D9E255Ff0702461CF8895CE9E3b5Ff108");

/// The rules of the version.
pub(super) static VERSION: Version = Version {
    number: "0.8",
    packed: v0_7::packed,
    hash,
    paymaster_gas: v0_7::PAYMASTER_GAS,
    draft_fields: v0_7::draft_fields,
    paymaster_fields: v0_7::paymaster_fields,
};

const OPERATION: &str = "PackedUserOperation(address sender,uint256 nonce,bytes initCode,bytes callData,\
    bytes32 accountGasLimits,uint256 preVerificationGas,bytes32 gasFees,bytes paymasterAndData)";

const DOMAIN: &str = "EIP712Domain(string name,string version,uint256 chainId,address verifyingContract)";

fn hash(op: &UserOperation, entry_point: Address, chain_id: u64) -> B256 {
    let domain = Encoder::default()
        .word(keccak256(DOMAIN))
        .word(keccak256("ERC4337"))
        .word(keccak256("1"))
        .word(U256::from(chain_id))
        .address(entry_point)
        .encode(&[]);
    let operation = [keccak256(OPERATION).as_slice(), &v0_7::packed(op)].concat();
    typed_data_hash(keccak256(domain), keccak256(operation))
}
