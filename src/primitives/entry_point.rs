use alloy::primitives::{Address, address};

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
    pub const V0_6: Address = address!("5FF137D4b0FDCD49DcA30c7CF57E578a026d2789");

    /// Returns entry point v0.6 on a chain.
    #[must_use]
    pub const fn v0_6(chain_id: u64) -> Self {
        Self {
            address: Self::V0_6,
            chain_id,
        }
    }
}
