//! The stable codes of service errors.

use super::{Failure, Service, ServiceError};
use crate::rpc::{Refusal, refusal::Reason};

impl ServiceError {
    /// Returns the stable code of the error: a row of the [table](crate::guide::errors).
    ///
    /// An area `refused` names the reason for a refused operation, an area `service` the fault of the service.
    ///
    /// # Examples
    ///
    /// ```
    /// use use_aa::rpc::{Failure, Refusal, Service, ServiceError};
    ///
    /// let error = ServiceError::new(Service::Bundler, "eth_sendUserOperation", Failure::Refused(Box::new(Refusal::new(-32500, "AA21 didn't pay prefund", None))));
    /// assert_eq!(error.code(), "refused.account_cannot_pay");
    /// ```
    #[must_use]
    pub fn code(&self) -> &'static str {
        match (self.service(), self.failure().code()) {
            (Service::Paymaster, "service.refused") => "refused.paymaster",
            (_, code) => code,
        }
    }
}

impl Failure {
    /// Returns the stable code of the failure: a row of the [table](crate::guide::errors).
    ///
    /// # Examples
    ///
    /// ```
    /// use use_aa::rpc::Failure;
    ///
    /// let refused = |status| Failure::Http { status, excerpt: String::new() };
    /// assert_eq!(refused(429).code(), "service.rate_limited");
    /// assert_eq!(refused(503).code(), "service.failed");
    /// ```
    #[must_use]
    pub fn code(&self) -> &'static str {
        match self {
            Self::Unreachable(_) => "service.unreachable",
            Self::TimedOut(_) => "service.timed_out",
            Self::TooLarge(_) => "service.answer_too_large",
            Self::NotJson { .. } => "service.not_json",
            Self::Http { status, .. } => of_status(*status),
            Self::Missing => "service.null_answer",
            Self::Malformed(_) => "service.malformed_answer",
            Self::Changed(_) => "service.changed_operation",
            Self::NoCode(_) => "service.estimated_without_code",
            Self::NoCallData => "service.estimated_without_calls",
            Self::NotOnChain(_) => "service.not_on_chain",
            Self::Refused(refusal) => of_refusal(refusal),
        }
    }
}

const fn of_status(status: u16) -> &'static str {
    match status {
        401 | 403 => "service.not_allowed",
        404 => "service.not_found",
        429 => "service.rate_limited",
        300..=399 => "service.moved",
        500..=599 => "service.failed",
        _ => "service.http_status",
    }
}

/// Searches from the most to the least specific: the contract's reason, the entry point's code, the standard's code.
fn of_refusal(refusal: &Refusal) -> &'static str {
    if refusal.is_of_session() {
        return "refused.session_not_granted";
    }
    match refusal.reason() {
        Some(Reason::TooOften) => return "service.rate_limited",
        Some(Reason::LowFees | Reason::NoFees) => return "refused.low_fees",
        Some(Reason::LowPreVerification | Reason::LowVerification | Reason::HighLimits) => {
            return "refused.gas";
        }
        Some(Reason::OutsideInterval) => return "refused.outside_interval",
        Some(Reason::NoFunds) => return "refused.account_cannot_pay",
        Some(Reason::TooManyPending) => return "refused.too_many_pending",
        Some(Reason::NoSponsor) => return "refused.paymaster_deposit",
        Some(Reason::NotFound) => return "service.refused",
        Some(Reason::WrongEntryPoint) => return "service.wrong_entry_point",
        Some(Reason::NoOverride) => return "service.no_such_method",
        Some(Reason::Simulation) => return "refused.deployment",
        None => {}
    }
    match (refusal.aa.map(|aa| aa.number()), refusal.code) {
        (Some(10..=20), _) => "refused.deployment",
        _ if refusal.says_deployed().is_some() || refusal.is_deployment_conflict() => "refused.deployment",
        (Some(21), _) => "refused.account_cannot_pay",
        (None, -32502 | -32503 | -32507) if refusal.is_of_paymaster() => "refused.paymaster",
        (Some(22), _) | (None, -32503) => "refused.outside_interval",
        (Some(24), _) | (None, -32507) => "refused.signature",
        _ if refusal.says_nonce_is_used() => "operation.nonce_taken",
        (Some(23 | 27..=29), _) | (None, -32500 | -32502) => "refused.validation",
        (Some(31), _) | (None, -32508) => "refused.paymaster_deposit",
        (Some(26 | 40..=49 | 51 | 94 | 95), _) => "refused.gas",
        (Some(30..=59), _) | (None, -32501) => "refused.paymaster",
        (None, -32505 | -32504) => "refused.reputation",
        (None, -32521 | 3) => "refused.call_reverts",
        (None, 401 | 403) => "service.not_allowed",
        (None, -32601) => "service.no_such_method",
        (None, _) if refusal.is_revert() || refusal.is_failed_estimate() => "refused.call_reverts",
        (None, -32600 | -32602 | -32700) => "service.invalid_request",
        (None, -32603) => "service.failed",
        _ => "service.refused",
    }
}
