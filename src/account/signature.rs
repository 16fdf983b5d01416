use alloy::{
    hex,
    primitives::{Address, B256, Bytes},
    sol_types::{SolCall, SolValue},
};

use super::Account;
use crate::contracts::account::SmartAccount;

/// 65 bytes that have a signature's shape, but that nobody made: services estimate with them.
const DUMMY: [u8; 65] = hex!(
    "81d4b4981670cb18f99f0b4a66446df1bf5b204d24cfcb659bf38ba27a4359b5" // r
    "711649ec2423c5e1247245eba2964679b6a1dbb85c992ae40b9b00c6935b02ff" // s
    "1b"                                                               // v
);

/// Marks the end of a signature that carries its account's deployment
/// ([ERC-6492](https://eips.ethereum.org/EIPS/eip-6492)).
const ERC_6492: [u8; 32] = hex!("6492649264926492649264926492649264926492649264926492649264926492");

/// The account's signature: what a module made, and which module is to check it.
#[must_use]
pub fn wrap(module_signature: Bytes, module: Address) -> Bytes {
    (module_signature, module).abi_encode_params().into()
}

/// What the ECDSA module reads, as an estimate needs it.
#[must_use]
pub fn dummy_module_signature() -> Bytes {
    DUMMY.into()
}

/// The owner's signature through an ECDSA module as an estimate needs it: right in length and shape, valid for nothing.
#[must_use]
pub fn dummy_signature(module: Address) -> Bytes {
    wrap(dummy_module_signature(), module)
}

/// A signature that can be checked before the account is deployed: it carries the deployment with it
/// ([ERC-6492](https://eips.ethereum.org/EIPS/eip-6492)).
#[must_use]
pub fn undeployed(account: &Account, signature: Bytes) -> Bytes {
    let mut wrapped = (account.factory(), account.factory_data(), signature).abi_encode_params();
    wrapped.extend(ERC_6492);
    wrapped.into()
}

/// The call data that asks an account whether a signature is its own
/// ([ERC-1271](https://eips.ethereum.org/EIPS/eip-1271)).
#[must_use]
pub fn is_valid_signature(hash: B256, signature: Bytes) -> Bytes {
    SmartAccount::isValidSignatureCall {
        dataHash: hash,
        signature,
    }
    .abi_encode()
    .into()
}
