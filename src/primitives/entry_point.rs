mod v0_6;
mod v0_7;
mod v0_8;

use std::{
    fmt,
    hash::{Hash, Hasher},
};

use alloy::primitives::{Address, B256, Bytes, U256};

use super::{PaymasterData, UserOpDraft, UserOpHash, UserOperation};

/// An [ERC-4337](https://eips.ethereum.org/EIPS/eip-4337) entry point on one chain, of one version. The hash of a user
/// operation is bound to the contract and the chain.
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
/// assert_eq!(EntryPoint::v0_7(80002).version(), "0.7");
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct EntryPoint {
    /// The contract's address.
    pub address: Address,
    /// The chain id ([EIP-155](https://eips.ethereum.org/EIPS/eip-155)).
    pub chain_id: u64,
    // A reference, so that a page links the versions that it names.
    version: &'static Version,
}

impl EntryPoint {
    /// The address of entry point v0.6, the same on every chain.
    pub const V0_6: Address = v0_6::ADDRESS;
    /// The address of entry point v0.7, the same on every chain.
    pub const V0_7: Address = v0_7::ADDRESS;
    /// The address of entry point v0.8, the same on every chain.
    pub const V0_8: Address = v0_8::ADDRESS;

    /// The address of entry point v0.9, the same on every chain.
    pub const V0_9: Address = v0_8::ADDRESS_V0_9;

    /// Returns the default entry point on a chain: version 0.6.
    #[must_use]
    pub const fn new(chain_id: u64) -> Self {
        Self::v0_6(chain_id)
    }

    /// Returns entry point v0.6 on a chain.
    #[must_use]
    pub const fn v0_6(chain_id: u64) -> Self {
        Self::of(&v0_6::VERSION, Self::V0_6, chain_id)
    }

    /// Returns entry point v0.7 on a chain.
    #[must_use]
    pub const fn v0_7(chain_id: u64) -> Self {
        Self::of(&v0_7::VERSION, Self::V0_7, chain_id)
    }

    /// Returns entry point v0.8 on a chain, whose hashes are those of typed data
    /// ([EIP-712](https://eips.ethereum.org/EIPS/eip-712)).
    #[must_use]
    pub const fn v0_8(chain_id: u64) -> Self {
        Self::of(&v0_8::VERSION, Self::V0_8, chain_id)
    }

    /// Returns entry point v0.9 on a chain. Its hashes are those of v0.8.
    #[must_use]
    pub const fn v0_9(chain_id: u64) -> Self {
        Self::of(&v0_8::VERSION_V0_9, Self::V0_9, chain_id)
    }

    /// Returns an entry point of the same version and chain at another address.
    #[must_use]
    pub const fn at(self, address: Address) -> Self {
        Self { address, ..self }
    }

    const fn of(version: &'static Version, address: Address, chain_id: u64) -> Self {
        Self {
            address,
            chain_id,
            version,
        }
    }

    /// Returns the version: "0.6", "0.7", "0.8" or "0.9".
    #[must_use]
    pub const fn version(&self) -> &'static str {
        self.version.number
    }

    /// Returns true for the version whose stored texts have no version in their keys, because they are the oldest.
    pub(crate) fn is_first(&self) -> bool {
        self.version() == "0.6"
    }

    /// Computes the hash of a user operation for this entry point and chain.
    #[must_use]
    pub fn hash(&self, op: &UserOperation) -> UserOpHash {
        UserOpHash((self.version.hash)(op, self.address, self.chain_id))
    }

    /// Returns the ABI encoding of a user operation that is hashed first.
    #[must_use]
    pub fn packed(&self, op: &UserOperation) -> Vec<u8> {
        (self.version.packed)(op)
    }

    /// Returns the JSON-RPC names of the paymaster's gas limits, for verification and `postOp`, if the version has them.
    pub(crate) const fn paymaster_gas(&self) -> Option<[&'static str; 2]> {
        self.version.paymaster_gas
    }

    /// Returns the JSON-RPC fields of a draft, without gas limits, paymaster and signature.
    pub(crate) fn draft_fields(&self, draft: &UserOpDraft) -> Vec<WireField> {
        (self.version.draft_fields)(draft)
    }

    /// Returns the JSON-RPC fields of the paymaster, without its gas limits.
    pub(crate) fn paymaster_fields(&self, paymaster: Option<&PaymasterData>) -> Vec<WireField> {
        (self.version.paymaster_fields)(paymaster)
    }
}

/// The rules of one version of the entry point.
struct Version {
    number: &'static str,
    packed: fn(&UserOperation) -> Vec<u8>,
    hash: fn(&UserOperation, Address, u64) -> B256,
    paymaster_gas: Option<[&'static str; 2]>,
    draft_fields: fn(&UserOpDraft) -> Vec<WireField>,
    paymaster_fields: fn(Option<&PaymasterData>) -> Vec<WireField>,
}

impl PartialEq for Version {
    fn eq(&self, other: &Self) -> bool {
        self.number == other.number
    }
}

impl Eq for Version {}

impl Hash for Version {
    fn hash<H: Hasher>(&self, state: &mut H) {
        self.number.hash(state);
    }
}

impl fmt::Debug for Version {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.number)
    }
}

/// A field of a user operation in JSON-RPC: its name and its value.
pub(crate) type WireField = (&'static str, WireValue);

/// The value of a field of a user operation in JSON-RPC. Numbers, addresses and bytes are written in hex.
#[derive(Clone, Debug)]
pub(crate) enum WireValue {
    Address(Address),
    Number(U256),
    Bytes(Bytes),
    Fields(Vec<WireField>),
}
