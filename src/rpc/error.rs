use std::{fmt, sync::Arc, time::Duration};

use alloy::primitives::{TxHash, U256};
use thiserror::Error;

use super::{Refusal, refusal::Reason};
use crate::primitives::decimal;

mod codes;

/// The maximum length of an error's text, in characters. An address or a hash counts as 10.
pub(crate) const MAX_TEXT: usize = 160;

/// The failure of a request to a service: the service, the method and the cause. Cheap to clone.
///
/// # Examples
///
/// ```
/// use use_aa::rpc::{Failure, Refusal, Service, ServiceError};
///
/// let refusal = Refusal::new(-32500, "AA21 didn't pay prefund", None);
/// let error = ServiceError::new(Service::Bundler, "eth_sendUserOperation", Failure::Refused(Box::new(refusal)));
///
/// assert_eq!(error.refusal().and_then(Refusal::advice), Some("fund the account, or use a paymaster"));
/// assert_eq!(error.code(), "refused.account_cannot_pay");
/// ```
// One pointer, so that a page is not full of copies of a failure's fields.
#[derive(Clone, PartialEq, Error)]
#[error("{}", self.text())]
pub struct ServiceError(Arc<Failed>);

/// Writes the text, as the `Debug` of [`Error`](crate::Error) does.
impl fmt::Debug for ServiceError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}

struct Failed {
    service: Service,
    method: &'static str,
    failure: Failure,
    texts: &'static Texts,
}

impl Failed {
    fn without_advice(&self, most: usize) -> String {
        let Self {
            service,
            method,
            failure,
            ..
        } = self;
        let failed = format!("{method} failed at the {service}: ");
        match failure {
            Failure::Refused(refusal) => {
                // A node has no operations: its method says what was refused.
                let is_short = *service != Service::Node && refusal.is_of_operation();
                let begin = match is_short {
                    true => format!("the {service} refused: "),
                    false => failed,
                };
                let refused = refusal.described(most.saturating_sub(begin.len()));
                begin + &refused
            }
            Failure::Unreachable(_) | Failure::NotJson { .. } | Failure::Http { .. } => {
                cut_quoted(&(failed + &failure.to_string()), most)
            }
            failure => failed + &failure.to_string(),
        }
    }
}

impl PartialEq for Failed {
    fn eq(&self, other: &Self) -> bool {
        (self.service, self.method, &self.failure) == (other.service, other.method, &other.failure)
    }
}

/// The texts of failures. A failure brings them, so that a page that makes no request does not link them.
struct Texts {
    without_advice: fn(&Failed, usize) -> String,
    advice: fn(&Failure) -> &'static str,
}

static TEXTS: Texts = Texts {
    without_advice: Failed::without_advice,
    advice: Failure::advice,
};

impl ServiceError {
    /// Creates the error of a service that failed at a JSON-RPC method.
    #[must_use]
    pub fn new(service: Service, method: &'static str, failure: Failure) -> Self {
        Self(Arc::new(Failed {
            service,
            method,
            failure,
            texts: &TEXTS,
        }))
    }

    /// Returns the service that failed.
    #[must_use]
    pub fn service(&self) -> Service {
        self.0.service
    }

    /// Returns the JSON-RPC method that was called.
    #[must_use]
    pub fn method(&self) -> &'static str {
        self.0.method
    }

    /// Returns the cause of the failure.
    #[must_use]
    pub fn failure(&self) -> &Failure {
        &self.0.failure
    }

    /// Returns the service's refusal, if the service understood the request and refused it.
    #[must_use]
    pub fn refusal(&self) -> Option<&Refusal> {
        match self.failure() {
            Failure::Refused(refusal) => Some(refusal),
            _ => None,
        }
    }

    /// Returns true if the service answered. Another question to a service that does not answer fails too.
    pub(crate) fn is_answered(&self) -> bool {
        !matches!(self.failure(), Failure::Unreachable(_) | Failure::TimedOut(_))
    }

    /// Describes the failure and gives the advice.
    fn text(&self) -> String {
        let advice = (self.0.texts.advice)(&self.0.failure);
        let most = MAX_TEXT.saturating_sub("; ".len() + advice.len());
        format!("{}; {advice}", self.without_advice(most))
    }

    /// Describes the failure without the advice, which may be to repeat the request. What the service said is cut, so
    /// that the text has at most `most` characters.
    pub(crate) fn without_advice(&self, most: usize) -> String {
        (self.0.texts.without_advice)(&self.0, most)
    }

    /// Creates the error for a paymaster service that answers otherwise than before.
    pub(crate) fn changed_paymaster(method: &'static str, what: &'static str) -> Self {
        Self::new(Service::Paymaster, method, Failure::Changed(what))
    }
}

/// One of the services an account depends on.
///
/// # Examples
///
/// ```
/// use use_aa::rpc::Service;
///
/// assert_eq!(format!("the {} is slow", Service::Node), "the node is slow");
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Service {
    /// A node of the chain.
    Node,
    /// A bundler, which submits user operations to the chain.
    Bundler,
    /// A paymaster, which pays for user operations.
    Paymaster,
}

impl fmt::Display for Service {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Node => "node",
            Self::Bundler => "bundler",
            Self::Paymaster => "paymaster",
        })
    }
}

/// The cause of a service's failure. The text of a [`ServiceError`] adds the advice.
///
/// # Examples
///
/// Check whether the service may have executed the request:
///
/// ```
/// use std::time::Duration;
/// use use_aa::rpc::Failure;
///
/// const fn may_be_done(failure: &Failure) -> bool {
///     matches!(failure, Failure::Unreachable(_) | Failure::TimedOut(_))
/// }
///
/// let late = Failure::TimedOut(Duration::from_millis(1500));
/// assert!(may_be_done(&late));
/// assert!(!may_be_done(&Failure::Missing));
/// assert_eq!(late.code(), "service.timed_out");
/// ```
// At most 16 bytes: what is read of an answer is a `Result` of it, on each line.
#[derive(Clone, Debug, PartialEq, Error)]
#[non_exhaustive]
pub enum Failure {
    /// There was no connection, or the connection broke before the answer was complete. The service may have executed
    /// the request.
    #[error("unreachable: {0}")]
    Unreachable(String),
    /// No answer came in time. The service may have executed the request.
    #[error("no answer within {} s", seconds(.0))]
    TimedOut(Duration),
    /// The answer is larger than the limit, in bytes.
    #[error("the answer exceeds {0} bytes")]
    TooLarge(usize),
    /// The answer has a success status, but its body is not JSON.
    #[error("HTTP {status} without JSON{}", quoted(.excerpt))]
    NotJson {
        /// The HTTP status.
        status: u16,
        /// The beginning of the body.
        excerpt: String,
    },
    /// The answer has a failure status and no JSON-RPC body.
    #[error("HTTP {status}{}{}", http_name(*.status), quoted(.excerpt))]
    Http {
        /// The HTTP status.
        status: u16,
        /// The beginning of the body.
        excerpt: String,
    },
    /// The answer is `null` where a value is required.
    #[error("the answer is null")]
    Missing,
    /// The answer is JSON, but not a valid answer of the method.
    #[error("the answer is malformed: {0}")]
    Malformed(String),
    /// The answer changes a field of the operation that the service may not change.
    #[error("the answer changes a fixed field of the operation: {0}")]
    Changed(&'static str),
    /// The service estimated the calls of an undeployed account as if the account stayed without code, and the node
    /// cannot measure them. The operation would be paid for and have no effect.
    #[error("the call gas estimate is too low for a deployed account: {}", decimal(.0))]
    NoCode(Box<U256>),
    /// The service validates an operation without its call data, so that it cannot estimate the gas of a session's call.
    #[error("the service estimates without the call data")]
    NoCallData,
    /// The service reports a transaction that the chain does not have.
    #[error("the reported transaction is not on chain: {0}")]
    NotOnChain(Box<TxHash>),
    /// The service understood the request and refused it.
    #[error("{}", .0.without_advice(MAX_TEXT))]
    Refused(Box<Refusal>),
}

impl Failure {
    /// Returns true if the service answers later, as its rate limit is exceeded.
    pub(crate) fn is_rate_limit(&self) -> bool {
        match self {
            Self::Http { status, .. } => *status == 429,
            Self::Refused(refusal) => refusal.reason() == Some(Reason::TooOften),
            _ => false,
        }
    }

    /// Returns true if the service refuses a question, or has no answer to it.
    pub(crate) const fn is_no_answer(&self) -> bool {
        let has_no_method = matches!(
            self,
            Self::Http {
                status: 404 | 405 | 501,
                ..
            }
        );
        has_no_method || matches!(self, Self::Refused(_) | Self::Missing)
    }

    /// Returns true if the HTTP status tells that the service has not read the request.
    pub(crate) const fn is_unread(&self) -> bool {
        matches!(
            self,
            Self::Http {
                status: 401..=405 | 407 | 410 | 413 | 415 | 429 | 451,
                ..
            }
        )
    }

    /// Returns the advice that resolves the failure.
    fn advice(&self) -> &'static str {
        const CHECK_URL: &str = "check the URL of the service";
        match self {
            Self::Unreachable(_) => "check its URL, and that it runs and allows this origin (CORS)",
            Self::TimedOut(_) | Self::Missing => "try again later, or use another service",
            Self::TooLarge(_) | Self::NotJson { .. } => CHECK_URL,
            Self::Http { status, .. } => http_advice(*status),
            Self::Malformed(_) => "check the kind and URL of the service",
            Self::Changed(_) => "use another service",
            Self::NoCode(_) => "deploy the account first",
            Self::NoCallData => "use another bundler for sessions",
            Self::NotOnChain(_) => "wait for the operation again, or use another service",
            Self::Refused(refusal) => refusal
                .advice()
                .unwrap_or("look up the code in the service's documentation"),
        }
    }
}

/// Returns the beginning of a text on one line, without control characters.
pub(super) fn excerpt(text: &str) -> String {
    shorten(text, 120)
}

/// Returns at most `most` characters of a text, on one line, without control characters.
pub(super) fn shorten(text: &str, most: usize) -> String {
    let mut short = String::new();
    for (count, word) in text
        .split(|c: char| c.is_whitespace() || c.is_control())
        .filter(|word| !word.is_empty())
        .enumerate()
    {
        if count > 0 {
            short.push(' ');
        }
        short.push_str(word);
        if let Some((end, _)) = short.char_indices().nth(most) {
            short.truncate(end);
            short.push('…');
            break;
        }
    }
    short
}

/// Returns at most `most` characters of a text on one line, with an ellipsis at the end of a text that is cut.
pub(super) fn cut(text: &str, most: usize) -> String {
    let whole = shorten(text, most);
    match whole.chars().count() > most {
        true => shorten(text, most.saturating_sub(1)),
        false => whole,
    }
}

/// Cuts a text as [`cut`] does. A quotation at its end stays closed.
fn cut_quoted(text: &str, most: usize) -> String {
    match text.strip_suffix('"') {
        Some(open) => cut(open, most.saturating_sub(1)) + "\"",
        None => cut(text, most),
    }
}

fn quoted(excerpt: &str) -> String {
    if excerpt.is_empty() {
        return String::new();
    }
    format!(", body \"{excerpt}\"")
}

fn http_name(status: u16) -> &'static str {
    match status {
        401 | 403 => " (access denied)",
        404 => " (not found)",
        429 => " (too many requests)",
        300..=399 => " (redirect)",
        500..=599 => " (server error)",
        _ => "",
    }
}

fn http_advice(status: u16) -> &'static str {
    match status {
        401 | 403 => "check the API key and its allowed origins",
        404 => "check the URL of the service",
        429 => "wait and try again",
        300..=399 => "set the new URL of the service",
        500..=599 => "try again later, or use another service",
        _ => "check the URL and API key",
    }
}

/// Formats a time in seconds, to a tenth. Printing a floating-point number would cost ten kilobytes of wasm.
pub(crate) fn seconds(time: &Duration) -> String {
    match (time.as_secs(), time.subsec_millis() / 100) {
        (whole, 0) => whole.to_string(),
        (whole, tenth) => format!("{whole}.{tenth}"),
    }
}

#[cfg(test)]
mod tests;
