use std::time::Duration;

use alloy::primitives::Address;

#[cfg(doc)]
use super::Guards;
use super::Interval;
use crate::primitives::checksum;

/// An error of a policy that cannot be encoded, or that the [`Guards`] of a grant refuse.
///
/// Permissions are counted from 0, in the order of the request.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum PolicyError {
    /// The argument is beyond the call data that the module can address.
    #[error("the argument is out of range: {0}; use an argument from 0 to 2047")]
    ArgumentOutOfRange(u32),
    /// The policy has more rules than the module can count.
    #[error("the policy has too many rules: {0}; use at most 65535")]
    TooManyRules(usize),
    /// A time does not fit into 48 bits.
    #[error("the time does not fit into 48 bits: {0}; pass seconds since 1970, at most 281474976710655")]
    TimeOutOfRange(u64),
    /// The interval ends before it begins.
    #[error(
        "the interval ends before it begins: {} to {}; set `valid_until` to a later time",
        .0.valid_after, .0.valid_until
    )]
    Never(Interval),
    /// The text is not a function signature.
    #[error("the text is not a function signature: \"{0}\"; write it as in `transfer(address,uint256)`")]
    Signature(String),
    /// The field is not an argument of the function, or lies inside a dynamic argument, so that its offset varies.
    #[error("the argument has no fixed offset in the call data of {0}; choose one outside dynamic types")]
    NoFixedPlace(&'static str),
    /// The session module of the account kind does not support the permission, for the given reason.
    #[error(
        "the session module does not support the permission: {0}; use an account kind that supports it, or change the \
         permission"
    )]
    Unsupported(&'static str),
    /// The session module refuses the permission, for a reason of its own.
    #[error("`{}` {}", .0.subject, .0.text)]
    Refused(Refusal),
    /// The session has no policy.
    #[error("the session has no policy; add at least one policy")]
    Empty,
    /// The permission has no end.
    #[error(
        "permission {0} never expires; set `Policy::interval` or `CreateSession::lasting`, or opt out with \
         `Guards::without_end`"
    )]
    Endless(usize),
    /// The permission lasts longer than the guards allow.
    #[error(
        "permission {permission} lasts too long: {} s > {} s; shorten it, or raise `Guards::longest`",
        .lasts.as_secs(), .longest.as_secs()
    )]
    TooLong {
        /// The index of the permission.
        permission: usize,
        /// The duration of the permission.
        lasts: Duration,
        /// The maximum duration that the guards allow.
        longest: Duration,
    },
    /// The permission is for a contract through which a key could take over the account.
    #[error(
        "permission {permission} targets {}: {}; choose another contract, or opt out with `Guards::allow_target`",
        .what, checksum(.target)
    )]
    RefusedTarget {
        /// The index of the permission.
        permission: usize,
        /// The contract.
        target: Address,
        /// The role of the contract for the account.
        what: &'static str,
    },
    /// The permission sends tokens to the account itself. The module allows every call of the token whose first two
    /// arguments match, and therefore a `transferFrom` from the account to any recipient.
    #[error(
        "permission {0} names the account as recipient, which also permits `transferFrom` to any address; name \
         another recipient, or opt out with `Guards::allow_target`"
    )]
    ToItself(usize),
    /// The permission is for a function that gives away the account's assets, and does not bind the receiver.
    #[error(
        "permission {permission} does not bind the {role} of {function}; add `Rule::equal({argument}, ..)`, or opt \
         out with `Guards::allow_unbound`"
    )]
    Unbound {
        /// The index of the permission.
        permission: usize,
        /// The function's signature.
        function: &'static str,
        /// The index of the argument to bind.
        argument: u16,
        /// The role of the argument: spender, operator or recipient.
        role: &'static str,
    },
}

impl PolicyError {
    /// Returns the stable code of the error: a row of the [table](crate::guide::errors).
    ///
    /// # Examples
    ///
    /// ```
    /// use use_aa::permission::PolicyError;
    ///
    /// assert_eq!(PolicyError::Endless(0).code(), "policy.endless");
    /// ```
    #[must_use]
    pub const fn code(&self) -> &'static str {
        match self {
            Self::ArgumentOutOfRange(_) => "policy.argument_out_of_range",
            Self::TooManyRules(_) => "policy.too_many_rules",
            Self::TimeOutOfRange(_) => "policy.time_out_of_range",
            Self::Never(_) => "policy.never_valid",
            Self::Signature(_) => "policy.malformed_function",
            Self::NoFixedPlace(_) => "policy.no_fixed_place",
            Self::Unsupported(_) => "policy.unsupported",
            Self::Refused(refusal) => refusal.code,
            Self::Empty => "policy.empty",
            Self::Endless(_) => "policy.endless",
            Self::TooLong { .. } => "policy.too_long",
            Self::RefusedTarget { .. } => "policy.refused_target",
            Self::ToItself(_) => "policy.transfer_to_itself",
            Self::Unbound { role, .. } => match role.as_bytes() {
                b"recipient" => "policy.unbounded_transfer",
                _ => "policy.unbounded_approval",
            },
        }
    }
}

/// The reason for which a session module refuses a permission. Each module has reasons of its own.
///
/// # Examples
///
/// The session key manager of Biconomy V2 counts nothing:
///
/// ```
/// use alloy::primitives::{Address, address};
/// use use_aa::{Policy, permission::PolicyError};
///
/// let nft = address!("1758f42Af7026fBbB559Dc60EcE0De3ef81f665e");
/// let policy = Policy::function(nft, "safeMint(address)")?.at_most_uses(1);
/// let refused = policy.key_data(Address::ZERO);
///
/// assert!(matches!(refused, Err(PolicyError::Refused(refusal)) if refusal.subject == "at_most_uses"));
/// assert_eq!(refused.unwrap_err().code(), "policy.not_counted");
/// # Ok::<(), use_aa::permission::PolicyError>(())
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct Refusal {
    /// The stable code: a row of the [table](crate::guide::errors).
    pub code: &'static str,
    /// The method or type that asks for too much.
    pub subject: &'static str,
    /// The failure, and the way to fix it.
    pub text: &'static str,
}

impl PolicyError {
    /// Creates the error of a refusal.
    pub(crate) const fn refused(code: &'static str, subject: &'static str, text: &'static str) -> Self {
        Self::Refused(Refusal { code, subject, text })
    }
}

#[cfg(test)]
impl PolicyError {
    /// Returns each error with its code and its text.
    pub(crate) fn samples() -> Vec<(Self, &'static str, &'static str)> {
        let unbound = |role| Self::Unbound {
            permission: 1,
            function: "f(address)",
            argument: 0,
            role,
        };
        vec![
            (
                Self::ArgumentOutOfRange(2048),
                "policy.argument_out_of_range",
                "the argument is out of range: 2048; use an argument from 0 to 2047",
            ),
            (
                Self::TooManyRules(65_536),
                "policy.too_many_rules",
                "the policy has too many rules: 65536; use at most 65535",
            ),
            (
                Self::TimeOutOfRange(1 << 48),
                "policy.time_out_of_range",
                "the time does not fit into 48 bits: 281474976710656; pass seconds since 1970, at most \
                 281474976710655",
            ),
            (
                Self::Never(Interval {
                    valid_after: 2,
                    valid_until: 1,
                }),
                "policy.never_valid",
                "the interval ends before it begins: 2 to 1; set `valid_until` to a later time",
            ),
            (
                Self::Signature("take".to_owned()),
                "policy.malformed_function",
                "the text is not a function signature: \"take\"; write it as in `transfer(address,uint256)`",
            ),
            (
                Self::NoFixedPlace("order((address,string))"),
                "policy.no_fixed_place",
                "the argument has no fixed offset in the call data of order((address,string)); choose one \
                 outside dynamic types",
            ),
            (
                Self::Unsupported("the value has no limit"),
                "policy.unsupported",
                "the session module does not support the permission: the value has no limit; use an account \
                 kind that supports it, or change the permission",
            ),
            (
                Self::refused(
                    "policy.not_counted",
                    "at_most_uses",
                    "needs a counter; remove the limit",
                ),
                "policy.not_counted",
                "`at_most_uses` needs a counter; remove the limit",
            ),
            (
                Self::Empty,
                "policy.empty",
                "the session has no policy; add at least one policy",
            ),
            (
                Self::Endless(1),
                "policy.endless",
                "permission 1 never expires; set `Policy::interval` or `CreateSession::lasting`, or opt out \
                 with `Guards::without_end`",
            ),
            (
                Self::TooLong {
                    permission: 1,
                    lasts: Duration::from_secs(172_800),
                    longest: Duration::from_secs(86_400),
                },
                "policy.too_long",
                "permission 1 lasts too long: 172800 s > 86400 s; shorten it, or raise `Guards::longest`",
            ),
            (
                Self::RefusedTarget {
                    permission: 1,
                    target: Address::repeat_byte(7),
                    what: "the account itself",
                },
                "policy.refused_target",
                "permission 1 targets the account itself: 0x0707070707070707070707070707070707070707; choose \
                 another contract, or opt out with `Guards::allow_target`",
            ),
            (
                Self::ToItself(1),
                "policy.transfer_to_itself",
                "permission 1 names the account as recipient, which also permits `transferFrom` to any \
                 address; name another recipient, or opt out with `Guards::allow_target`",
            ),
            (
                unbound("spender"),
                "policy.unbounded_approval",
                "permission 1 does not bind the spender of f(address); add `Rule::equal(0, ..)`, or opt out \
                 with `Guards::allow_unbound`",
            ),
            (
                unbound("recipient"),
                "policy.unbounded_transfer",
                "permission 1 does not bind the recipient of f(address); add `Rule::equal(0, ..)`, or opt \
                 out with `Guards::allow_unbound`",
            ),
        ]
    }
}
