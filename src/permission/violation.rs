use alloy::primitives::{Address, Selector, U256};

use super::{Interval, Limit, Rule, Word, interval::Moment};
use crate::primitives::{checksum, decimal};

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
    #[error(
        "the session does not permit the contract: {} instead of {}; create a session for it",
        checksum(.called), checksum(.allowed)
    )]
    Contract {
        /// The contract of the policy.
        allowed: Address,
        /// The contract of the call.
        called: Address,
    },
    /// The call is for another function.
    #[error(
        "the session does not permit the function: {called} instead of {allowed}; create a session for it"
    )]
    Function {
        /// The function of the policy.
        allowed: Selector,
        /// The function of the call.
        called: Selector,
    },
    /// The call data is too short to name a function.
    #[error(
        "the call data has no function selector, and the session permits only {allowed}; call that function"
    )]
    NoFunction {
        /// The function of the policy.
        allowed: Selector,
    },
    /// The call sends more native value than the policy allows.
    #[error(
        "the value exceeds the session's limit per call: {} > {} wei; send less with the call",
        decimal(.value), decimal(&U256::from(*.limit))
    )]
    Value {
        /// The policy's limit, in wei.
        limit: u128,
        /// The call's value, in wei.
        value: U256,
    },
    /// A rule does not hold.
    #[error(
        "rule {number} of the session is violated: {rule}, {}; change the argument",
        said(.rule, .found)
    )]
    Rule {
        /// The index of the rule, counted from 0.
        number: usize,
        /// The rule.
        rule: Rule,
        /// The word of the call at the rule's offset; `None` if the call data ends before it.
        found: Option<Word>,
    },
    /// The call alone exceeds a limit on all calls together.
    #[error("the call exceeds the session's limit in total: {0}; send less or create another session")]
    Limit(Limit),
    /// The call data is not a token transfer.
    #[error("the call data is not a token transfer; call `transfer(address,uint256)` with this session")]
    NoTransfer,
    /// The recipient of the transfer is not allowed.
    #[error(
        "the session does not permit the recipient: {} instead of {}; create a session for it",
        checksum(.called), checksum(.allowed)
    )]
    Recipient {
        /// The recipient of the policy.
        allowed: Address,
        /// The recipient of the call.
        called: Address,
    },
    /// The amount of the transfer is above the limit.
    #[error(
        "the amount exceeds the session's limit per transfer: {amount} > {limit} (smallest unit); transfer less"
    )]
    Amount {
        /// The policy's limit, in the token's smallest unit.
        limit: Word,
        /// The call's amount, in the token's smallest unit.
        amount: Word,
    },
    /// The session is not valid yet, or has expired.
    #[error(
        "the session is not valid at {}: valid {interval}; wait, or renew it",
        Moment(*.now)
    )]
    Interval {
        /// The validity interval of the session.
        interval: Interval,
        /// The time of the call, in seconds since 1970.
        now: u64,
    },
    /// The session has no policy.
    #[error("the session has no policy; create another session")]
    Nothing,
    /// The session has a policy of an unknown validation module.
    #[error("the session's validation module is unknown: {0}; send the call with `UseSession::unchecked`")]
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
            Self::Function { .. } | Self::NoFunction { .. } => "forbidden.function",
            Self::Value { .. } => "forbidden.value",
            Self::Rule { .. } => "forbidden.argument",
            Self::Limit(_) => "forbidden.limit",
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
        None => "the call data is too short".to_owned(),
        Some(word) => format!("found {}", word.shown_like(rule.reference)),
    }
}
