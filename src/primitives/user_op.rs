use std::{fmt, str::FromStr};

use alloy::{
    hex::FromHexError,
    primitives::{Address, B256, Bytes, U256, keccak256},
    sol_types::SolValue,
};
use serde::{Deserialize, Serialize};

use super::{EntryPoint, Fees, GasLimits};

/// A user operation's hash: what is signed, and the name under which bundlers know the operation.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(transparent)]
pub struct UserOpHash(pub B256);

impl fmt::Display for UserOpHash {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(f)
    }
}

impl FromStr for UserOpHash {
    type Err = FromHexError;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        text.parse().map(Self)
    }
}

/// A user operation before its gas is known: what services are asked with, under a dummy signature.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct UserOpDraft {
    /// The account.
    pub sender: Address,
    /// Key and sequence number.
    pub nonce: U256,
    /// Factory and its call data while the account is not deployed, else empty.
    pub init_code: Bytes,
    /// What the account is to do.
    pub call_data: Bytes,
    /// What it pays for each unit of gas.
    pub fees: Fees,
    /// A signature of the right length and shape that a module can read, but nobody made.
    pub dummy_signature: Bytes,
}

impl UserOpDraft {
    /// The whole operation, once limits and payer are known.
    #[must_use]
    pub fn fill(self, gas: GasLimits, paymaster_and_data: Bytes) -> UserOperation {
        UserOperation {
            sender: self.sender,
            nonce: self.nonce,
            init_code: self.init_code,
            call_data: self.call_data,
            gas,
            fees: self.fees,
            paymaster_and_data,
        }
    }
}

/// A user operation of [ERC-4337](https://eips.ethereum.org/EIPS/eip-4337) v0.6, whole but for the signature.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct UserOperation {
    /// The account.
    pub sender: Address,
    /// Key and sequence number.
    pub nonce: U256,
    /// Factory and its call data while the account is not deployed, else empty.
    pub init_code: Bytes,
    /// What the account is to do.
    pub call_data: Bytes,
    /// The gas limits.
    pub gas: GasLimits,
    /// What it pays for each unit of gas.
    pub fees: Fees,
    /// The paymaster's address and what it needs to agree; empty when the account pays.
    pub paymaster_and_data: Bytes,
}

impl UserOperation {
    /// The ABI encoding that is hashed first: the fields in order, each `bytes` replaced by its hash.
    #[must_use]
    pub fn packed(&self) -> Vec<u8> {
        (
            self.sender,
            self.nonce,
            keccak256(&self.init_code),
            keccak256(&self.call_data),
            self.gas.call,
            self.gas.verification,
            self.gas.pre_verification,
            self.fees.max_fee_per_gas,
            self.fees.max_priority_fee_per_gas,
            keccak256(&self.paymaster_and_data),
        )
            .abi_encode_params()
    }

    /// The operation's hash at an entry point: what the account's modules check a signature against.
    #[must_use]
    pub fn hash(&self, entry_point: EntryPoint) -> UserOpHash {
        let bound = (
            keccak256(self.packed()),
            entry_point.address,
            U256::from(entry_point.chain_id),
        );
        UserOpHash(keccak256(bound.abi_encode_params()))
    }

    /// The operation together with its signature.
    #[must_use]
    pub const fn sign(self, signature: Bytes) -> SignedUserOperation {
        SignedUserOperation { op: self, signature }
    }
}

/// A user operation that carries its signature: the only thing a bundler accepts.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SignedUserOperation {
    /// The operation.
    pub op: UserOperation,
    /// `abi.encode(bytes moduleSignature, address module)` for a Biconomy V2 account.
    pub signature: Bytes,
}
