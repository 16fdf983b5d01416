mod v0_6;

use alloy::primitives::{Address, Bytes, U256};

use super::{PaymasterData, UserOpDraft, UserOpHash, UserOperation};

/// An [ERC-4337](https://eips.ethereum.org/EIPS/eip-4337) entry point on one chain. The hash of a user operation is
/// bound to both.
///
/// # Examples
///
/// ```
/// use alloy::primitives::address;
/// use use_aa::EntryPoint;
///
/// let amoy = EntryPoint::v0_6(80002);
/// assert_eq!(amoy.address, address!("5FF137D4b0FDCD49DcA30c7CF57E578a026d2789"));
/// assert_ne!(amoy, EntryPoint::v0_6(137));
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct EntryPoint {
    /// The contract's address.
    pub address: Address,
    /// The chain id ([EIP-155](https://eips.ethereum.org/EIPS/eip-155)).
    pub chain_id: u64,
}

impl EntryPoint {
    /// The address of entry point v0.6, the same on every chain.
    pub const V0_6: Address = v0_6::ADDRESS;

    /// Returns the default entry point on a chain: version 0.6.
    #[must_use]
    pub const fn new(chain_id: u64) -> Self {
        Self::v0_6(chain_id)
    }

    /// Returns entry point v0.6 on a chain.
    #[must_use]
    pub const fn v0_6(chain_id: u64) -> Self {
        Self {
            address: Self::V0_6,
            chain_id,
        }
    }

    /// Computes the hash of a user operation for this entry point and chain.
    #[must_use]
    pub fn hash(&self, op: &UserOperation) -> UserOpHash {
        UserOpHash(v0_6::hash(op, self.address, self.chain_id))
    }

    /// Returns the ABI encoding of a user operation that is hashed first.
    #[must_use]
    pub fn packed(&self, op: &UserOperation) -> Vec<u8> {
        v0_6::packed(op)
    }

    /// Returns the JSON-RPC fields of a draft, without gas limits, paymaster and signature.
    pub(crate) fn draft_fields(&self, draft: &UserOpDraft) -> Vec<(&'static str, WireField)> {
        v0_6::draft_fields(draft)
    }

    /// Returns the JSON-RPC field of the paymaster.
    pub(crate) fn paymaster_field(&self, paymaster: Option<&PaymasterData>) -> (&'static str, WireField) {
        v0_6::paymaster_field(paymaster)
    }
}

/// The value of a field of a user operation in JSON-RPC. All values are written in hex.
#[derive(Clone, Debug)]
pub(crate) enum WireField {
    Address(Address),
    Number(U256),
    Bytes(Bytes),
}
