use std::fmt;

use alloy::primitives::{Address, Selector, U256};

use super::{Erc20Policy, Interval, Leaf, Moment, Policy, PolicyError, Rule, Word, leaf::Kind};
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
/// # Ok::<(), use_aa::session::PolicyError>(())
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
    /// Returns the leaf that grants the permission to a key.
    ///
    /// # Errors
    ///
    /// [`PolicyError`] if the permission cannot be encoded.
    pub fn leaf(&self, key: Address) -> Result<Leaf, PolicyError> {
        match self {
            Self::Abi(policy) => policy.leaf(key),
            Self::Erc20(policy) => policy.leaf(key),
        }
    }

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

    /// Returns the validity interval of the permission.
    #[must_use]
    pub const fn interval(&self) -> Interval {
        match self {
            Self::Abi(policy) => policy.valid(),
            Self::Erc20(policy) => policy.valid(),
        }
    }

    /// Returns the contract that the permission is for.
    pub(crate) const fn target(&self) -> Address {
        match self {
            Self::Abi(policy) => policy.contract(),
            Self::Erc20(policy) => policy.token(),
        }
    }

    /// Reads the key and the permission of a leaf, if its module is known.
    pub(super) fn read(leaf: &Leaf) -> Option<(Address, Self)> {
        let interval = leaf.interval();
        match leaf.kind()? {
            Kind::Abi => {
                let (key, policy) = Policy::read(leaf.key_data())?;
                Some((key, policy.interval(interval).into()))
            }
            Kind::Erc20 => {
                let (key, policy) = Erc20Policy::read(leaf.key_data())?;
                Some((key, policy.interval(interval).into()))
            }
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
    /// Writes the sentences of the [description](Self::words).
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.words().join(". "))
    }
}

/// The reason a policy forbids a call.
///
/// # Examples
///
/// ```
/// use alloy::{primitives::{U256, address}, sol, sol_types::SolCall};
/// use use_aa::{Call, Policy, Rule, Violation};
///
/// sol! {
///     function buy(uint256 price);
/// }
///
/// let shop = address!("1758f42Af7026fBbB559Dc60EcE0De3ef81f665e");
/// let policy = Policy::new(shop, buyCall::SELECTOR).rule(Rule::at_most(0, 5u8));
/// let violation = policy.allows(&Call::new(shop, buyCall { price: U256::from(6) })).unwrap_err();
///
/// assert!(matches!(violation, Violation::Rule { number: 0, .. }));
/// assert_eq!(violation.code(), "forbidden.argument");
/// ```
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum Violation {
    /// The call goes to another contract.
    #[error("the session may call the contract {allowed}, not {called}")]
    Contract {
        /// The contract of the policy.
        allowed: Address,
        /// The contract of the call.
        called: Address,
    },
    /// The call is for another function.
    #[error("the session may call the function {allowed}, not {called}")]
    Function {
        /// The function of the policy.
        allowed: Selector,
        /// The function of the call.
        called: Selector,
    },
    /// The call sends more native value than the policy allows.
    #[error("the session may send at most {} wei with a call, not {value}", U256::from(*.limit))]
    Value {
        /// The policy's limit, in wei.
        limit: u128,
        /// The call's value, in wei.
        value: U256,
    },
    /// A rule does not hold.
    #[error("rule {number} of the session forbids it: {rule}, {}", said(.rule, .found))]
    Rule {
        /// The index of the rule, counted from 0.
        number: usize,
        /// The rule.
        rule: Rule,
        /// The word of the call at the rule's offset; `None` if the call data ends before it.
        found: Option<Word>,
    },
    /// The call data is not a token transfer.
    #[error("the session may transfer tokens, and this call data is no transfer")]
    NoTransfer,
    /// The recipient of the transfer is not allowed.
    #[error("the session may transfer tokens to {allowed}, not to {called}")]
    Recipient {
        /// The recipient of the policy.
        allowed: Address,
        /// The recipient of the call.
        called: Address,
    },
    /// The amount of the transfer is above the limit.
    #[error("the session may transfer at most {limit} of the token's smallest unit at once, not {amount}")]
    Amount {
        /// The policy's limit, in the token's smallest unit.
        limit: Word,
        /// The call's amount, in the token's smallest unit.
        amount: Word,
    },
    /// The session is not valid yet, or has expired.
    #[error("the session is valid {interval}, and it is {} now", Moment(*.now))]
    Interval {
        /// The validity interval of the session.
        interval: Interval,
        /// The time of the call, in seconds since 1970.
        now: u64,
    },
    /// The session has no policy.
    #[error("the session allows nothing: create another one")]
    Nothing,
    /// The session has a policy of an unknown validation module.
    #[error(
        "the session is checked by the module {0}, which is not known here: ask the chain by sending unchecked"
    )]
    UnknownModule(Address),
}

impl Violation {
    /// Returns the stable code of the error: a row of the [table](crate::guide::errors).
    ///
    /// # Examples
    ///
    /// ```
    /// use use_aa::Violation;
    ///
    /// assert_eq!(Violation::NoTransfer.code(), "forbidden.not_a_transfer");
    /// ```
    #[must_use]
    pub const fn code(&self) -> &'static str {
        match self {
            Self::Contract { .. } => "forbidden.contract",
            Self::Function { .. } => "forbidden.function",
            Self::Value { .. } => "forbidden.value",
            Self::Rule { .. } => "forbidden.argument",
            Self::NoTransfer => "forbidden.not_a_transfer",
            Self::Recipient { .. } => "forbidden.recipient",
            Self::Amount { .. } => "forbidden.amount",
            Self::Interval { .. } => "forbidden.outside_interval",
            Self::Nothing => "forbidden.no_policy",
            Self::UnknownModule(_) => "forbidden.unknown_module",
        }
    }
}

fn said(rule: &Rule, found: &Option<Word>) -> String {
    match found {
        None => "but the call data ends before".to_owned(),
        Some(word) => format!("but it is {}", word.shown_like(rule.reference)),
    }
}

#[cfg(test)]
mod tests;
