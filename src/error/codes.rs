//! The stable codes of errors, and the properties that follow from them.

use super::{Error, ErrorKind};
use crate::primitives::UserOpHash;

impl ErrorKind {
    /// Returns the stable code of the kind, as [`Error::code`] does.
    ///
    /// # Examples
    ///
    /// ```
    /// use use_aa::ErrorKind;
    ///
    /// assert_eq!(ErrorKind::NoSession.code(), "session.none_active");
    /// ```
    #[must_use]
    pub fn code(&self) -> &'static str {
        match self {
            Self::Service(error) => error.code(),
            Self::Owner(error) => error.code(),
            Self::Policy(error) => error.code(),
            Self::Store(error) => error.code(),
            Self::Import(error) => error.code(),
            Self::SessionSigner(error) => error.code(),
            Self::Url(error) => error.code(),
            Self::Forbidden(violation) => violation.code(),
            Self::ForbiddenByChain { .. } => "forbidden.by_chain",
            Self::RefusedByContract { .. } => "refused.by_contract",
            Self::RefusedDelegation { .. } => "refused.delegation",
            Self::NoCalls => "operation.no_calls",
            Self::AlreadyDeployed => "account.already_deployed",
            Self::WouldLock(_) => "account.would_lock",
            Self::LeavesBehind { .. } => "account.leaves_behind",
            Self::OtherDelegate(_) => "account.other_delegate",
            Self::NoDelegation => "account.no_delegation",
            Self::NoSuchModule(_) => "account.no_such_module",
            Self::NoSuchOwner(_) => "account.no_such_owner",
            Self::NothingToWithdraw => "payment.nothing_to_withdraw",
            Self::NotEnough { .. } => "payment.not_enough",
            Self::TokenNotTaken(_) => "payment.token_not_taken",
            Self::TooManyTokens { .. } => "payment.too_many_tokens",
            Self::NotApproved { .. } => "payment.not_approved",
            Self::NonceTaken { .. } => "operation.nonce_taken",
            Self::NoExpiry => "payment.no_expiry",
            Self::NotConnected => "account.not_connected",
            Self::KindNotLoaded => "account.not_loaded",
            Self::Disposed => "component.disposed",
            Self::NoOwner => "owner.not_available",
            Self::NoPaymaster => "payment.no_paymaster",
            Self::NoSession => "session.none_active",
            Self::NotActive(_) => "session.not_active",
            Self::NothingToRevoke => "session.nothing_to_revoke",
            Self::UntrackedSessions { .. } => "session.untracked_on_chain",
            Self::Unsettled => "session.unsettled",
            Self::WrongClock { .. } => "device.wrong_clock",
            Self::WrongChain { .. } => "service.wrong_chain",
            Self::WrongEntryPoint(_) => "service.wrong_entry_point",
            Self::NotTheSponsor(_) => "service.wrong_sponsor",
            Self::WrongHash { .. } => "operation.wrong_hash",
            Self::Unanswered { .. } => "operation.unanswered",
            Self::TooDear { .. } => "payment.too_dear",
            Self::Excessive { .. } => "service.excessive_demand",
            Self::Deploying { .. } => "operation.deployment_pending",
            Self::NotPending(_) => "operation.not_pending",
            Self::NotCancellable(_) => "operation.not_cancellable",
            Self::PaymentNotGiven(_) => "payment.not_given",
            Self::CallsNotKept(_) => "operation.calls_not_kept",
            Self::Dropped { .. } => "operation.dropped",
            Self::Replaced { .. } => "operation.replaced",
            Self::TimedOut { .. } => "operation.timed_out",
        }
    }
}

impl Error {
    /// Returns the stable code of the error: a row of the [table](crate::guide::errors), which is part of semver.
    ///
    /// The text of an error may be reworded in any release, its code may not.
    ///
    /// # Examples
    ///
    /// ```
    /// use use_aa::{Error, ErrorKind, OwnerError, StoreError};
    ///
    /// assert_eq!(Error::from(ErrorKind::NoSession).code(), "session.none_active");
    /// assert_eq!(Error::from(OwnerError::Rejected).code(), "owner.rejected");
    /// assert_eq!(Error::from(StoreError::Full).code(), "store.full");
    /// ```
    #[must_use]
    pub fn code(&self) -> &'static str {
        self.kind().code()
    }

    /// Returns true if the same request may succeed on a retry without any change: a service recovers, the
    /// user decides otherwise, fees fall.
    ///
    /// An operation that [may be sent](Self::may_be_sent) is never retryable: a second request would execute
    /// it twice.
    ///
    /// # Examples
    ///
    /// ```
    /// use use_aa::{Error, ErrorKind, OwnerError};
    ///
    /// assert!(Error::from(OwnerError::Rejected).is_retryable());
    /// assert!(!Error::from(ErrorKind::NoSession).is_retryable());
    /// ```
    #[must_use]
    pub fn is_retryable(&self) -> bool {
        RETRYABLE.contains(&self.code())
    }

    /// Returns the hash of the operation that may still be included, though submitting it or waiting for it
    /// failed. Wait for that operation before you send another one.
    ///
    /// # Examples
    ///
    /// ```
    /// use alloy::primitives::B256;
    /// use use_aa::{Error, ErrorKind, UserOpHash};
    ///
    /// let (expected, found) = (UserOpHash(B256::repeat_byte(1)), UserOpHash(B256::repeat_byte(2)));
    /// assert_eq!(Error::from(ErrorKind::WrongHash { expected, found }).may_be_sent(), Some(expected));
    /// assert_eq!(Error::from(ErrorKind::NoSession).may_be_sent(), None);
    /// ```
    #[must_use]
    pub fn may_be_sent(&self) -> Option<UserOpHash> {
        match self.kind() {
            ErrorKind::Unanswered { hash, .. }
            | ErrorKind::WrongHash { expected: hash, .. }
            | ErrorKind::TimedOut { hash, .. } => Some(*hash),
            _ => None,
        }
    }
}

/// The codes of errors that may go away on a retry.
const RETRYABLE: [&str; 29] = [
    "account.not_loaded",
    "operation.deployment_pending",
    "operation.nonce_taken",
    "owner.busy",
    "owner.disconnected",
    "owner.other_chain",
    "owner.rejected",
    "owner.signer_failed",
    "owner.throttled",
    "owner.unanswered",
    "owner.wallet_failed",
    "payment.too_dear",
    "payment.too_many_tokens",
    "refused.delegation",
    "refused.gas",
    "refused.low_fees",
    "refused.paymaster_deposit",
    "refused.reputation",
    "refused.too_many_pending",
    "service.failed",
    "service.not_json",
    "service.null_answer",
    "service.rate_limited",
    "service.refused",
    "service.timed_out",
    "service.unreachable",
    "session.signer_failed",
    "session.unsettled",
    "store.unavailable",
];
