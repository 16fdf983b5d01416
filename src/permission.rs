//! The permissions of a session key: policies, rules, intervals and the guards of a grant. The types are the same for
//! every account kind, and this module performs no I/O.

mod call_policy;
mod description;
mod erc20;
mod error;
mod guards;
mod interval;
mod limit;
mod policy;
mod rule;
mod signature;
mod violation;

use std::fmt;

use alloy::primitives::Address;

pub use self::{
    call_policy::{Argument, CallPolicy, Ordered},
    description::Names,
    erc20::Erc20Policy,
    error::{PolicyError, Refusal},
    guards::Guards,
    interval::Interval,
    limit::{Counted, Limit},
    policy::Policy,
    rule::{Condition, Rule, Word},
    violation::Violation,
};
pub(crate) use self::{description::describe_interval, policy::PLAIN_TRANSFER};
use crate::primitives::Call;

/// A permission of a session: a policy of one of the validation modules.
///
/// # Examples
///
/// One session, checked by two modules:
///
/// ```
/// use std::time::Duration;
/// use alloy::primitives::{U256, address};
/// use use_aa::{CreateSession, Erc20Policy, Permission, Policy};
///
/// let shop = address!("1758f42Af7026fBbB559Dc60EcE0De3ef81f665e");
/// let token = address!("fee0000000000000000000000000000000000006");
/// let permissions: [Permission; 2] = [
///     Policy::function(shop, "buy(uint256)")?.into(),
///     Erc20Policy::new(token, shop, U256::from(500_000)).into(),
/// ];
/// let request = CreateSession::new(permissions).lasting(Duration::from_hours(1));
/// # let _ = request;
/// # Ok::<(), use_aa::permission::PolicyError>(())
/// ```
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Permission {
    /// A policy that the ABI session validation module checks.
    Abi(Policy),
    /// A policy that the ERC-20 session validation module checks.
    Erc20(Erc20Policy),
}

impl Permission {
    /// Returns the same permission with another validity interval.
    #[must_use]
    pub fn lasting(self, interval: Interval) -> Self {
        match self {
            Self::Abi(policy) => Self::Abi(policy.interval(interval)),
            Self::Erc20(policy) => Self::Erc20(policy.interval(interval)),
        }
    }

    /// Checks whether the permission's module would allow a call. The interval is not checked.
    ///
    /// # Errors
    ///
    /// The first [`Violation`] in the module's order of checks.
    pub fn allows(&self, call: &Call) -> Result<(), Violation> {
        match self {
            Self::Abi(policy) => policy.allows(call),
            Self::Erc20(policy) => policy.allows(call),
        }
    }

    /// Checks a call at a time, in seconds since 1970.
    ///
    /// # Errors
    ///
    /// The first [`Violation`]: the interval, then those of [`allows`](Self::allows).
    pub fn allows_at(&self, call: &Call, now: u64) -> Result<(), Violation> {
        let interval = self.interval();
        if !interval.contains(now) {
            return Err(Violation::Interval { interval, now });
        }
        self.allows(call)
    }

    /// Returns true if the permission is for the contract and function of a call, under any rules and limits.
    #[must_use]
    pub fn is_near(&self, call: &Call) -> bool {
        !matches!(
            self.allows(call),
            Err(Violation::Contract { .. } | Violation::Function { .. } | Violation::NoFunction { .. })
        )
    }

    /// Returns the validity interval of the permission.
    #[must_use]
    pub const fn interval(&self) -> Interval {
        match self {
            Self::Abi(policy) => policy.valid(),
            Self::Erc20(policy) => policy.valid(),
        }
    }

    /// Returns the limits on all calls together, which a contract counts. The session key manager of Biconomy V2 counts
    /// nothing and refuses a permission with a limit.
    #[must_use]
    pub fn limits(&self) -> &[Limit] {
        match self {
            Self::Abi(policy) => policy.limits(),
            Self::Erc20(policy) => policy.limits(),
        }
    }

    /// Returns the contract that the permission is for.
    pub(crate) const fn target(&self) -> Address {
        match self {
            Self::Abi(policy) => policy.contract(),
            Self::Erc20(policy) => policy.token(),
        }
    }
}

impl From<Policy> for Permission {
    fn from(policy: Policy) -> Self {
        Self::Abi(policy)
    }
}

impl From<Erc20Policy> for Permission {
    fn from(policy: Erc20Policy) -> Self {
        Self::Erc20(policy)
    }
}

impl fmt::Display for Permission {
    /// Writes the sentences of the [description](Self::describe).
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.describe().join(". "))
    }
}

#[cfg(test)]
mod tests;
