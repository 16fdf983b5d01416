use std::{convert::Infallible, fmt, sync::Arc};

use alloy::primitives::U256;

pub use self::kind::ErrorKind;
use self::texts::Text;
use crate::{
    account::KindNotLoaded,
    permission::{PolicyError, Violation},
    rpc::{Refusal, Service, ServiceError, UrlError},
    session::ImportError,
    signer::{NoRandomness, OwnerError, SignerError},
    store::StoreError,
};

mod codes;
mod kind;
mod texts;

/// An error of an action on an account. Cheap to clone.
///
/// # Examples
///
/// The text is for the user: it says what is wrong and what to do. The [code](Error::code) is for programs
/// and tests. The [kind](Error::kind) tells a page which action to offer:
///
/// ```
/// use use_aa::{Error, ErrorKind, OwnerError, StoreError};
///
/// /// What a page may offer beside the error's text.
/// fn offer(error: &Error) -> Option<&'static str> {
///     match error.kind() {
///         ErrorKind::NotConnected | ErrorKind::NoOwner | ErrorKind::Owner(OwnerError::Disconnected) => Some("Connect"),
///         ErrorKind::NoSession | ErrorKind::NotActive(_) => Some("Create a session"),
///         // `CreateSession::replace_unknown(true)`
///         ErrorKind::UntrackedSessions { .. } | ErrorKind::Store(StoreError::Damaged(_)) => Some("End those sessions"),
///         // It may still be included: wait for the same hash, and send nothing twice.
///         ErrorKind::TimedOut { .. } | ErrorKind::Unanswered { .. } | ErrorKind::Deploying { .. } => Some("Keep waiting"),
///         // At the same nonce: `SendTransaction::nonce(NonceLane::Given(*nonce))`
///         ErrorKind::Dropped { .. } => Some("Send it anew"),
///         ErrorKind::NotEnough { .. } => Some("Show the account's address"),
///         ErrorKind::Service(_) | ErrorKind::Owner(OwnerError::Rejected) => Some("Try again"),
///         // The same would fail again, as with a call that the session's policy forbids.
///         _ => None,
///     }
/// }
///
/// let error = Error::from(ErrorKind::NoSession);
/// assert_eq!(error.code(), "session.none_active");
/// assert_eq!(offer(&error), Some("Create a session"));
/// assert_eq!(offer(&ErrorKind::NoCalls.into()), None);
/// ```
#[derive(Clone)]
// One pointer: what an async function returns is moved at each await.
pub struct Error(Arc<Made>);

/// A kind, and the writer of its text. An error brings the writer, so that a page links the texts of the errors that the
/// page can create.
struct Made {
    kind: ErrorKind,
    text: Text,
}

impl Error {
    /// Returns the kind of the error, with its facts.
    ///
    /// # Examples
    ///
    /// ```
    /// use use_aa::{Error, ErrorKind};
    ///
    /// let error = Error::from(ErrorKind::NoSession);
    /// assert_eq!(error.kind(), &ErrorKind::NoSession);
    /// ```
    #[must_use]
    pub fn kind(&self) -> &ErrorKind {
        &self.0.kind
    }

    #[inline(never)]
    fn with(kind: ErrorKind, text: Text) -> Self {
        Self(Arc::new(Made { kind, text }))
    }

    /// Returns the failure of a service, if a service failed or refused.
    #[must_use]
    pub fn service(&self) -> Option<&ServiceError> {
        match self.kind() {
            ErrorKind::Service(error) => Some(error),
            _ => None,
        }
    }

    /// Returns true if the session store is damaged.
    pub(super) fn is_of_damaged_store(&self) -> bool {
        matches!(self.kind(), ErrorKind::Store(StoreError::Damaged(_)))
    }

    /// Returns true if there is no paymaster, if its service declines to pay, or if its contract cannot pay.
    pub(super) fn is_without_sponsor(&self) -> bool {
        let declines = |error: &ServiceError| match error.service() {
            Service::Paymaster => error.refusal().is_some_and(Refusal::is_decline),
            _ => error.refusal().is_some_and(Refusal::is_of_paymaster),
        };
        *self.kind() == ErrorKind::NoPaymaster || self.service().is_some_and(declines)
    }

    /// Adds the operation's nonce to the refusal of an invalid nonce, which does not name the nonce.
    pub(super) fn at(self, nonce: U256) -> Self {
        match self.service() {
            Some(source) if source.refusal().is_some_and(Refusal::says_nonce_is_used) => {
                Error::from(ErrorKind::NonceTaken {
                    nonce,
                    source: source.clone(),
                })
            }
            _ => self,
        }
    }
}

impl PartialEq for Error {
    fn eq(&self, other: &Self) -> bool {
        self.kind() == other.kind()
    }
}

impl std::error::Error for Error {
    fn source(&self) -> Option<&(dyn std::error::Error + 'static)> {
        self.kind().source()
    }
}

impl fmt::Display for Error {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        (self.0.text)(self.kind(), f)
    }
}

/// Writes the text. The `Debug` of the [kind](Error::kind) writes the facts, which would cost each page that unwraps an
/// error some kilobytes.
impl fmt::Debug for Error {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}

impl From<ErrorKind> for Error {
    // Inlined, as `ErrorKind::text` is.
    #[inline(always)]
    fn from(kind: ErrorKind) -> Self {
        let text = kind.text();
        Self::with(kind, text)
    }
}

impl From<Infallible> for Error {
    fn from(never: Infallible) -> Self {
        match never {}
    }
}

/// Converts the errors of the layers below.
macro_rules! from {
    ($($below:ty),*) => {$(
        impl From<$below> for Error {
            #[inline(never)]
            fn from(error: $below) -> Self {
                Error::from(ErrorKind::from(error))
            }
        }
    )*};
}

from!(
    ServiceError,
    OwnerError,
    PolicyError,
    StoreError,
    ImportError,
    SignerError,
    UrlError,
    NoRandomness,
    KindNotLoaded,
    Violation
);

#[cfg(test)]
mod tests;
