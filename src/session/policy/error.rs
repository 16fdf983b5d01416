use std::time::Duration;

use alloy::primitives::Address;

#[cfg(doc)]
use crate::session::Guards;
use crate::session::Interval;

/// A policy cannot be encoded, or is refused by the [`Guards`] of the grant.
///
/// Permissions are counted from 0, in the order of the request.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum PolicyError {
    /// The argument lies beyond the call data that the module can address.
    #[error("argument {0} is out of reach: the last one is 2047")]
    ArgumentOutOfRange(u32),
    /// There are more rules than the module can count.
    #[error("{0} rules are too many: a policy holds at most 65535")]
    TooManyRules(usize),
    /// A time does not fit into 48 bits.
    #[error("the time {0} is out of range: give seconds since 1970, at most 281474976710655")]
    TimeOutOfRange(u64),
    /// The interval ends before it begins.
    #[error("a session valid until {} but only after {} is never valid: let it end after it begins", .0.valid_until, .0.valid_after)]
    Never(Interval),
    /// The text is no signature of a function.
    #[error("{0:?} is no function signature: write it as in `transfer(address,uint256)`")]
    Signature(String),
    /// The field is no argument of this function, or lies inside a dynamic one, so that each call has it elsewhere.
    #[error(
        "a rule cannot look at this argument of {0}: it has no fixed place in the call data, so choose one that has"
    )]
    NoFixedPlace(&'static str),
    /// A session was to be granted without any policy.
    #[error("a session needs at least one policy: without one it could do nothing")]
    Empty,
    /// The permission would be valid for ever.
    #[error(
        "permission {0} never ends: give its policy an `interval`, or all of the session's an end with `lasting`, or opt out with `Guards::without_end`"
    )]
    Endless(usize),
    /// The permission would be valid for longer than a grant may be.
    #[error(
        "permission {permission} lasts {} s, longer than the {} s that its guards allow: let it end earlier, or opt out with `Guards::longest`",
        .lasts.as_secs(), .longest.as_secs()
    )]
    TooLong {
        /// Which permission.
        permission: usize,
        /// How long it would be valid.
        lasts: Duration,
        /// How long it may be.
        longest: Duration,
    },
    /// The permission is for a contract through which the account is taken over.
    #[error(
        "permission {permission} may call {target}, {}: choose another contract, or opt out with `Guards::allow_target`",
        .what
    )]
    RefusedTarget {
        /// Which permission.
        permission: usize,
        /// The contract.
        target: Address,
        /// What it is to the account.
        what: &'static str,
    },
    /// The permission sends tokens to the account itself. The module takes every call of the token whose first two
    /// arguments fit, and a `transferFrom` out of the account is such a call, whoever receives.
    #[error(
        "permission {0} sends tokens to the account itself, for which the module takes a `transferFrom` to anybody too: name another recipient, or opt out with `Guards::allow_target` for the account"
    )]
    ToItself(usize),
    /// The permission is for a function that gives somebody what the account holds, and does not say whom.
    #[error(
        "permission {permission} leaves open who is the {role} of {function}: bind it with `Rule::equal({argument}, ..)`, or opt out with `Guards::allow_unbound`"
    )]
    Unbound {
        /// Which permission.
        permission: usize,
        /// The function's signature.
        function: &'static str,
        /// The argument to be bound.
        argument: u16,
        /// What the argument is to the function.
        role: &'static str,
    },
}
