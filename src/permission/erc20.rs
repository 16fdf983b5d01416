use std::fmt;

use alloy::primitives::{Address, U256};

use super::{Counted, Interval, Limit, Violation, Word};
use crate::primitives::{Call, Words};

/// A policy for transfers of an ERC-20 token: one recipient, and a maximum amount per transfer.
///
/// The maximum applies to each transfer, not to their sum. [`total`](Self::total) and
/// [`at_most_uses`](Self::at_most_uses) limit all transfers together; Smart Sessions count them, including transfers
/// that revert, and Biconomy V2 refuses the policy.
///
/// # Examples
///
/// ```
/// use alloy::{hex, primitives::{U256, address}, sol};
/// use use_aa::{Call, Erc20Policy, Violation};
///
/// sol! {
///     function transfer(address to, uint256 amount);
/// }
///
/// let token = address!("fee0000000000000000000000000000000000006");
/// let friend = address!("58F903f277EFeDF01CF6939f64Af3B657AC4a9Af");
/// let policy = Erc20Policy::new(token, friend, U256::from(500_000));
///
/// let call = |amount| Call::new(token, transferCall { to: friend, amount: U256::from(amount) });
/// assert_eq!(policy.allows(&call(500_000)), Ok(()));
/// assert!(matches!(policy.allows(&call(500_001)), Err(Violation::Amount { .. })));
/// assert_eq!(policy.key_data(address!("00000000000000000000000000000000000000aa"))[..], hex!(
///     "00000000000000000000000000000000000000000000000000000000000000aa" // session key
///     "000000000000000000000000fee0000000000000000000000000000000000006" // token
///     "00000000000000000000000058f903f277efedf01cf6939f64af3b657ac4a9af" // recipient
///     "000000000000000000000000000000000000000000000000000000000007a120" // most for each transfer
/// ));
/// ```
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Erc20Policy {
    token: Address,
    recipient: Address,
    max_amount: U256,
    limits: Vec<Limit>,
    interval: Interval,
}

impl Erc20Policy {
    /// Allows transfers of a token to a recipient, each of at most `max_amount_per_transfer` in the token's smallest
    /// unit.
    ///
    /// The number of transfers is not limited, unless [`at_most_uses`](Self::at_most_uses) is set.
    #[must_use]
    pub const fn new(token: Address, recipient: Address, max_amount_per_transfer: U256) -> Self {
        Self {
            token,
            recipient,
            max_amount: max_amount_per_transfer,
            limits: Vec::new(),
            interval: Interval::ALWAYS,
        }
    }

    /// Sets the validity interval. The default is always.
    #[must_use]
    pub const fn interval(mut self, interval: Interval) -> Self {
        self.interval = interval;
        self
    }

    /// Sets the maximum of all transfers together, in the token's smallest unit, including transfers that revert. Must
    /// not be 0. The default is no limit.
    ///
    /// Smart Sessions count; Biconomy V2 refuses the policy.
    #[must_use]
    pub fn total(self, amount: U256) -> Self {
        self.limit(Counted::Spending, amount)
    }

    /// Sets the maximum number of transfers, including transfers that revert. Must not be 0. The default is no limit.
    ///
    /// Smart Sessions count; Biconomy V2 refuses the policy.
    #[must_use]
    pub fn at_most_uses(self, transfers: u128) -> Self {
        self.limit(Counted::Uses, U256::from(transfers))
    }

    fn limit(mut self, counted: Counted, most: U256) -> Self {
        self.limits.push(Limit::new(counted, most));
        self
    }

    /// Returns the limits on all transfers together.
    #[must_use]
    pub fn limits(&self) -> &[Limit] {
        &self.limits
    }

    pub(crate) const fn token(&self) -> Address {
        self.token
    }

    pub(crate) const fn recipient(&self) -> Address {
        self.recipient
    }

    pub(crate) const fn max_amount(&self) -> U256 {
        self.max_amount
    }

    pub(crate) const fn valid(&self) -> Interval {
        self.interval
    }

    /// Checks whether the module would allow a call. The interval is not checked.
    ///
    /// # Errors
    ///
    /// The first [`Violation`] in the module's order of checks.
    pub fn allows(&self, call: &Call) -> Result<(), Violation> {
        if call.to != self.token {
            return Err(Violation::Contract {
                allowed: self.token,
                called: call.to,
            });
        }
        if !call.value.is_zero() {
            return Err(Violation::Value {
                limit: 0,
                value: call.value,
            });
        }
        let arguments = Words(call.data.get(4..).unwrap_or_default());
        let recipient = arguments.address(0).ok_or(Violation::NoTransfer)?;
        let amount = arguments.number(1).ok_or(Violation::NoTransfer)?;
        if recipient != self.recipient {
            return Err(Violation::Recipient {
                allowed: self.recipient,
                called: recipient,
            });
        }
        if amount > self.max_amount {
            return Err(Violation::Amount {
                limit: Word::from(self.max_amount),
                amount: Word::from(amount),
            });
        }
        Limit::check(&self.limits, call)
    }
}

impl fmt::Display for Erc20Policy {
    /// Writes the sentences of the [description](super::Permission::describe).
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        super::Permission::from(self.clone()).fmt(f)
    }
}
