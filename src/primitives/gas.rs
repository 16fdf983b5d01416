use alloy::primitives::U256;

/// The three gas limits of a user operation, in units of gas.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct GasLimits {
    /// For the call that the account makes.
    pub call: U256,
    /// For deployment, the account's and the paymaster's validation.
    pub verification: U256,
    /// What the bundler is paid for the bytes and its own work.
    pub pre_verification: U256,
}

impl GasLimits {
    /// All three limits together, in units of gas; saturates.
    #[must_use]
    pub fn total(&self) -> U256 {
        self.call
            .saturating_add(self.verification)
            .saturating_add(self.pre_verification)
    }
}

/// What a user operation pays for each unit of gas, in wei ([EIP-1559](https://eips.ethereum.org/EIPS/eip-1559)).
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Fees {
    /// The most that is paid for one unit of gas, in wei.
    pub max_fee_per_gas: U256,
    /// The part of it that goes to the block's producer, in wei.
    pub max_priority_fee_per_gas: U256,
}
