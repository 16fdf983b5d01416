use std::time::Duration;

use alloy::primitives::Address;

#[cfg(doc)]
use crate::session::Guards;
use crate::session::Interval;

/// An error of a policy that cannot be encoded, or that the [`Guards`] of a grant refuse.
///
/// Permissions are counted from 0, in the order of the request.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum PolicyError {
    /// The argument is beyond the call data that the module can address.
    #[error("argument {0} is out of reach: the last one is 2047")]
    ArgumentOutOfRange(u32),
    /// The policy has more rules than the module can count.
    #[error("{0} rules are too many: a policy holds at most 65535")]
    TooManyRules(usize),
    /// A time does not fit into 48 bits.
    #[error("the time {0} is out of range: give seconds since 1970, at most 281474976710655")]
    TimeOutOfRange(u64),
    /// The interval ends before it begins.
    #[error("a session valid until {} but only after {} is never valid: let it end after it begins", .0.valid_until, .0.valid_after)]
    Never(Interval),
    /// The text is not a function signature.
    #[error("{0:?} is no function signature: write it as in `transfer(address,uint256)`")]
    Signature(String),
    /// The field is not an argument of the function, or lies inside a dynamic argument, so that its offset varies.
    #[error(
        "a rule cannot look at this argument of {0}: it has no fixed place in the call data, so choose one that has"
    )]
    NoFixedPlace(&'static str),
    /// The session has no policy.
    #[error("a session needs at least one policy: without one it could do nothing")]
    Empty,
    /// The permission has no end.
    #[error(
        "permission {0} never ends: give its policy an `interval`, or all of the session's an end with `lasting`, or opt out with `Guards::without_end`"
    )]
    Endless(usize),
    /// The permission lasts longer than the guards allow.
    #[error(
        "permission {permission} lasts {} s, longer than the {} s that its guards allow: let it end earlier, or opt out with `Guards::longest`",
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
        "permission {permission} may call {target}, {}: choose another contract, or opt out with `Guards::allow_target`",
        .what
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
        "permission {0} sends tokens to the account itself, for which the module takes a `transferFrom` to anybody too: name another recipient, or opt out with `Guards::allow_target` for the account"
    )]
    ToItself(usize),
    /// The permission is for a function that gives away the account's assets, and does not bind the receiver.
    #[error(
        "permission {permission} leaves open who is the {role} of {function}: bind it with `Rule::equal({argument}, ..)`, or opt out with `Guards::allow_unbound`"
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
    /// use use_aa::session::PolicyError;
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
                "argument 2048 is out of reach: the last one is 2047",
            ),
            (
                Self::TooManyRules(65_536),
                "policy.too_many_rules",
                "65536 rules are too many: a policy holds at most 65535",
            ),
            (
                Self::TimeOutOfRange(1 << 48),
                "policy.time_out_of_range",
                "the time 281474976710656 is out of range: give seconds since 1970, at most 281474976710655",
            ),
            (
                Self::Never(Interval {
                    valid_after: 2,
                    valid_until: 1,
                }),
                "policy.never_valid",
                "a session valid until 1 but only after 2 is never valid: let it end after it begins",
            ),
            (
                Self::Signature("take".to_owned()),
                "policy.malformed_function",
                "\"take\" is no function signature: write it as in `transfer(address,uint256)`",
            ),
            (
                Self::NoFixedPlace("order((address,string))"),
                "policy.no_fixed_place",
                "a rule cannot look at this argument of order((address,string)): it has no fixed place in the call \
                 data, so choose one that has",
            ),
            (
                Self::Empty,
                "policy.empty",
                "a session needs at least one policy: without one it could do nothing",
            ),
            (
                Self::Endless(1),
                "policy.endless",
                "permission 1 never ends: give its policy an `interval`, or all of the session's an end with \
                 `lasting`, or opt out with `Guards::without_end`",
            ),
            (
                Self::TooLong {
                    permission: 1,
                    lasts: Duration::from_secs(172_800),
                    longest: Duration::from_secs(86_400),
                },
                "policy.too_long",
                "permission 1 lasts 172800 s, longer than the 86400 s that its guards allow: let it end earlier, or \
                 opt out with `Guards::longest`",
            ),
            (
                Self::RefusedTarget {
                    permission: 1,
                    target: Address::repeat_byte(7),
                    what: "the account itself",
                },
                "policy.refused_target",
                "permission 1 may call 0x0707070707070707070707070707070707070707, the account itself: choose \
                 another contract, or opt out with `Guards::allow_target`",
            ),
            (
                Self::ToItself(1),
                "policy.transfer_to_itself",
                "permission 1 sends tokens to the account itself, for which the module takes a `transferFrom` to \
                 anybody too: name another recipient, or opt out with `Guards::allow_target` for the account",
            ),
            (
                unbound("spender"),
                "policy.unbounded_approval",
                "permission 1 leaves open who is the spender of f(address): bind it with `Rule::equal(0, ..)`, or \
                 opt out with `Guards::allow_unbound`",
            ),
            (
                unbound("recipient"),
                "policy.unbounded_transfer",
                "permission 1 leaves open who is the recipient of f(address): bind it with `Rule::equal(0, ..)`, or \
                 opt out with `Guards::allow_unbound`",
            ),
        ]
    }
}
