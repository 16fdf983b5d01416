use alloy::primitives::U256;

use super::div_ceil;

/// The gas limits of a user operation, in units of gas.
///
/// # Examples
///
/// ```
/// use alloy::primitives::U256;
/// use use_aa::GasLimits;
///
/// let gas = GasLimits {
///     call: U256::from(90_000),
///     verification: U256::from(400_000),
///     pre_verification: U256::from(50_000),
///     ..GasLimits::default()
/// };
/// assert_eq!(gas.total(), U256::from(540_000));
/// ```
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct GasLimits {
    /// The limit for the account's call (`callGasLimit`).
    pub call: U256,
    /// The limit for the deployment, and for the validation by account and paymaster (`verificationGasLimit`).
    pub verification: U256,
    /// The gas that pays the bundler for the operation's bytes and its own work (`preVerificationGas`).
    pub pre_verification: U256,
    /// The limits of the paymaster. They are 0 without a paymaster, and with entry point v0.6.
    pub paymaster: PaymasterGas,
}

impl GasLimits {
    /// Returns the sum of the limits, in units of gas. The sum saturates.
    #[must_use]
    pub fn total(&self) -> U256 {
        self.call
            .saturating_add(self.verification)
            .saturating_add(self.pre_verification)
            .saturating_add(self.paymaster.verification)
            .saturating_add(self.paymaster.post_op)
    }
}

/// The gas limits of a paymaster since entry point v0.7, in units of gas. In v0.6 the account's limits include them.
///
/// # Examples
///
/// ```
/// use alloy::primitives::U256;
/// use use_aa::PaymasterGas;
///
/// let gas = PaymasterGas { verification: U256::from(60_000), ..PaymasterGas::default() };
/// assert!(gas.post_op.is_zero());
/// ```
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct PaymasterGas {
    /// The limit for the validation by the paymaster (`paymasterVerificationGasLimit`).
    pub verification: U256,
    /// The limit for the paymaster's work after the account's call (`paymasterPostOpGasLimit`).
    pub post_op: U256,
}

impl PaymasterGas {
    /// The limits of an operation without a paymaster: 0.
    pub const NONE: Self = Self {
        verification: U256::ZERO,
        post_op: U256::ZERO,
    };

    /// Returns the limits, with those that are 0 replaced by others.
    pub(crate) fn or(self, other: Self) -> Self {
        let either = |limit: U256, other| if limit.is_zero() { other } else { limit };
        Self {
            verification: either(self.verification, other.verification),
            post_op: either(self.post_op, other.post_op),
        }
    }
}

/// The fees of a user operation per unit of gas, in wei ([EIP-1559](https://eips.ethereum.org/EIPS/eip-1559)).
///
/// # Examples
///
/// The maximum cost of an operation, in wei:
///
/// ```
/// use alloy::primitives::U256;
/// use use_aa::Fees;
///
/// const GWEI: u64 = 1_000_000_000;
/// let fees = Fees {
///     max_fee_per_gas: U256::from(30 * GWEI),
///     max_priority_fee_per_gas: U256::from(2 * GWEI),
/// };
/// let units_of_gas = U256::from(540_000);
/// assert_eq!(units_of_gas * fees.max_fee_per_gas, U256::from(16_200_000 * GWEI));
/// ```
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Fees {
    /// The maximum fee per unit of gas, in wei.
    pub max_fee_per_gas: U256,
    /// The maximum part of that fee that goes to the block's producer, in wei.
    pub max_priority_fee_per_gas: U256,
}

impl Fees {
    /// Returns the higher of each fee.
    pub(crate) fn at_least(self, floor: Self) -> Self {
        self.each(floor, U256::max)
    }

    /// Returns fees that are higher by a fraction, rounded up, and 1 wei: some bundlers compute the fraction in
    /// floating point and round it up.
    pub(crate) fn raised(self, fraction: u32) -> Self {
        let more = |fee: U256, _| {
            fee.saturating_add(div_ceil(fee, fraction))
                .saturating_add(U256::ONE)
        };
        self.each(self, more)
    }

    /// Returns fees that are higher by amounts in wei.
    pub(crate) fn plus(self, max: U256, priority: U256) -> Self {
        let more = Self {
            max_fee_per_gas: max,
            max_priority_fee_per_gas: priority,
        };
        self.each(more, U256::saturating_add)
    }

    fn each(self, other: Self, join: impl Fn(U256, U256) -> U256) -> Self {
        Self {
            max_fee_per_gas: join(self.max_fee_per_gas, other.max_fee_per_gas),
            max_priority_fee_per_gas: join(self.max_priority_fee_per_gas, other.max_priority_fee_per_gas),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn raised_fees_are_above_a_fraction_that_is_computed_in_floating_point() {
        let fees = |max: u64, priority: u64| Fees {
            max_fee_per_gas: U256::from(max),
            max_priority_fee_per_gas: U256::from(priority),
        };

        let raised = fees(1_500_000_000, 15).raised(10);

        assert_eq!(raised, fees(1_650_000_001, 18));
        assert_eq!(fees(0, 0).raised(10), fees(1, 1));
    }
}
