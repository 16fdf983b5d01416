use std::time::Duration;

use alloy::primitives::{Address, B256, U256};

use super::Asset;
use crate::{
    account::OwnerError,
    primitives::UserOpHash,
    rpc::{Refusal, Service, ServiceError, UrlError, seconds},
    session::{ImportError, PolicyError, SessionId, SignerError, StoreError, Violation},
};

mod codes;

/// An error of an action on an account.
///
/// # Examples
///
/// The text is for the user: it says what is wrong and what to do. The [code](Error::code) is for programs
/// and tests. The variant tells a page which action to offer:
///
/// ```
/// use use_aa::{Error, OwnerError, StoreError};
///
/// /// What a page may offer beside the error's text.
/// const fn offer(error: &Error) -> Option<&'static str> {
///     match error {
///         Error::NotConnected | Error::NoOwner | Error::Owner(OwnerError::Disconnected) => Some("Connect"),
///         Error::NoSession | Error::NotActive(_) => Some("Create a session"),
///         // `CreateSession::replace_unknown(true)`
///         Error::SessionsElsewhere { .. } | Error::Store(StoreError::Damaged(_)) => Some("End those sessions"),
///         // It may still be included: wait for the same hash, and send nothing twice.
///         Error::TimedOut { .. } | Error::Unanswered { .. } | Error::Deploying { .. } => Some("Keep waiting"),
///         // At the same nonce: `SendTransaction::nonce(NonceLane::Given(*nonce))`
///         Error::Dropped { .. } => Some("Send it anew"),
///         Error::NotEnough { .. } => Some("Show the account's address"),
///         Error::Service(_) | Error::Owner(OwnerError::Rejected) => Some("Try again"),
///         // The same would fail again, as with a call that the session's policy forbids.
///         _ => None,
///     }
/// }
///
/// let error = Error::NoSession;
/// assert_eq!(error.code(), "session.none_active");
/// assert_eq!(offer(&error), Some("Create a session"));
/// assert_eq!(offer(&Error::NoCalls), None);
/// ```
#[derive(Clone, Debug, PartialEq, thiserror::Error)]
#[non_exhaustive]
pub enum Error {
    /// A node, bundler or paymaster failed or refused.
    #[error(transparent)]
    Service(#[from] ServiceError),
    /// The owner did not sign.
    #[error(transparent)]
    Owner(#[from] OwnerError),
    /// A policy cannot be granted as it is.
    #[error(transparent)]
    Policy(#[from] PolicyError),
    /// The session store could not be read or written.
    #[error(transparent)]
    Store(#[from] StoreError),
    /// The sessions of another library could not be read.
    #[error(transparent)]
    Import(#[from] ImportError),
    /// The session's signer did not sign.
    #[error(transparent)]
    SessionSigner(#[from] SignerError),
    /// The URL of a service is invalid.
    #[error(transparent)]
    Url(#[from] UrlError),
    /// The session's policy forbids the call. Nothing was sent.
    #[error("{0}; nothing was sent")]
    Forbidden(Box<Violation>),
    /// The chain refused the call, which the session's policy forbids.
    #[error("the chain refused the call: {violation}")]
    ForbiddenByChain {
        /// The violated rule of the policy.
        violation: Box<Violation>,
        /// The refusal of the service.
        source: Box<ServiceError>,
    },
    /// A request has no calls.
    #[error("there is nothing to send: give at least one call")]
    NoCalls,
    /// The account is deployed already.
    #[error("the account is deployed already: there is nothing to do")]
    AlreadyDeployed,
    /// The module is not enabled on the account.
    #[error("the module {0} is not enabled: choose one of the account's modules")]
    NoSuchModule(Address),
    /// The address cannot be the owner of the account.
    #[error("the address {0} cannot own the account: give that of a person's key")]
    NoSuchOwner(Address),
    /// The account holds nothing of the asset that is to be withdrawn.
    #[error("the account holds nothing of this: there is nothing to withdraw")]
    NothingToWithdraw,
    /// The account holds less than it has to send or pay.
    #[error("the account holds {held} of {asset} and this takes {wanted}: nothing was sent")]
    NotEnough {
        /// The asset.
        asset: Asset,
        /// The amount required, in wei or in the token's smallest unit.
        wanted: U256,
        /// The amount that the account holds, in the same unit.
        held: U256,
    },
    /// The paymaster does not accept this token.
    #[error("the paymaster does not take the token {0} for gas: choose one that it quotes")]
    TokenNotTaken(Address),
    /// The gas would cost more of a token than the limit allows.
    #[error(
        "gas would cost up to {cost} of the token {token}, in its smallest unit, and the most allowed is {most}: nothing was sent"
    )]
    TooManyTokens {
        /// The token.
        token: Address,
        /// The maximum cost, in the token's smallest unit.
        cost: U256,
        /// The limit, in the token's smallest unit.
        most: U256,
    },
    /// A session has to pay in a token that the account has not approved for the paymaster. Only the owner
    /// can approve it.
    #[error(
        "the paymaster {paymaster} may not take {cost} of the token {token}: have the owner approve it first"
    )]
    NotApproved {
        /// The token.
        token: Address,
        /// The paymaster that the account has to approve.
        paymaster: Address,
        /// The amount to approve, in the token's smallest unit.
        cost: U256,
    },
    /// The nonce is not the next one of its key, which is the only one that the chain accepts.
    #[error(
        "the nonce {nonce:#x} is used already or is not the next of its key: let the client choose, or give another"
    )]
    NonceTaken {
        /// The nonce of the operation: key and sequence number.
        nonce: U256,
        /// The refusal of the service.
        source: Box<ServiceError>,
    },
    /// A paymaster whose dialect has no field for an expiry was given one.
    #[error(
        "a paymaster of ERC-7677 cannot be told an expiry: leave it out, or tell it in a field that it documents"
    )]
    NoExpiry,
    /// No wallet is connected, and no account is set.
    #[error("no account is connected: connect a wallet first")]
    NotConnected,
    /// The component that made the request was disposed, and its state with it.
    #[error("the component that asked for this is gone: ask from one that lasts")]
    Disposed,
    /// The operation needs the owner's signature, and the client has no owner.
    #[error("this needs the account's owner: connect the wallet")]
    NoOwner,
    /// The operation was to be sponsored, and no paymaster is configured.
    #[error("there is no paymaster to sponsor this: give the services one, or let the account pay")]
    NoPaymaster,
    /// The account has no session whose key is available.
    #[error("the account has no active session here: create one first")]
    NoSession,
    /// The session is not active, though the account may have others.
    #[error("the session {0} is not active: create a new one")]
    NotActive(SessionId),
    /// There is no session to revoke: the account has none, or the request names none.
    #[error("there is nothing to revoke: the chain holds no session of the account, or none was named")]
    NothingToRevoke,
    /// The chain holds sessions that are not in the store. A new grant would end them.
    #[error(
        "the account has sessions that are not known here: {} on another device, or before this site's data was \
         removed; going on would end them, so say that it may",
        granted(.grants)
    )]
    SessionsElsewhere {
        /// The Merkle root that the chain holds.
        root: B256,
        /// The number of grants since the last one that is in the store: an upper bound of the untracked
        /// sessions.
        grants: u64,
    },
    /// The account's Merkle root changed during each of several attempts to use a session.
    #[error("the node's answers about the account's sessions keep changing: try again")]
    Unsettled,
    /// This device's clock is behind the chain's by more than 15 minutes, or by at least the session's
    /// remaining time. Nothing is granted, because the session could end before it begins.
    #[error("this device's clock is {} s behind the chain's: set it right and try again; nothing was signed", seconds(.by))]
    WrongClock {
        /// The least time by which the clock is behind, in whole seconds.
        by: Duration,
    },
    /// A service is on another chain than the configured one.
    #[error("the {service} is on chain {found}, not on {expected}: correct its address or the chain's id")]
    WrongChain {
        /// The service.
        service: Service,
        /// The chain that was configured.
        expected: u64,
        /// The chain that the service returned.
        found: u64,
    },
    /// The bundler does not serve the entry point.
    #[error(
        "the bundler does not serve the entry point {0}: use another bundler, or the entry point it serves"
    )]
    WrongEntryPoint(Address),
    /// The paymaster service named a contract that may not sponsor operations.
    #[error(
        "the paymaster's service names the contract {0}, which may not pay for a sponsored operation: nothing was \
         signed; correct `Services::paymaster_address`, else do not trust the service"
    )]
    NotTheSponsor(Address),
    /// The bundler answered with the hash of another operation.
    #[error(
        "the bundler answered with the hash {found}, but the operation's is {expected}: do not trust it; \
         wait for {expected} to see whether it was sent"
    )]
    WrongHash {
        /// The operation's own hash.
        expected: UserOpHash,
        /// The hash that the bundler returned.
        found: UserOpHash,
    },
    /// The bundler did not answer a submission, or the answer may come from a gateway in between. The bundler
    /// may have accepted the operation, which is [pending](super::SmartAccountClient::pending_user_ops) until
    /// that is known.
    #[error(
        "{source}; nobody knows whether the operation {hash} was taken, so wait for it before sending it again"
    )]
    Unanswered {
        /// The operation.
        hash: UserOpHash,
        /// The failure of the request.
        source: Box<ServiceError>,
    },
    /// The account would pay more than the limit allows.
    #[error("this would cost up to {cost} wei, and the most allowed is {most}: nothing was sent")]
    TooDear {
        /// The maximum cost, in wei.
        cost: U256,
        /// The limit, in wei.
        most: U256,
    },
    /// A service requests an amount above the accepted limit.
    #[error("the {service} asks for {what} of {found}, which is more than {most}: nothing was sent")]
    Excessive {
        /// The service.
        service: Service,
        /// A description of the requested amount, with its unit.
        what: &'static str,
        /// The requested amount, in that unit.
        found: U256,
        /// The limit, in that unit.
        most: U256,
    },
    /// An earlier operation that deploys the account is still pending. Only one such operation can be
    /// included, and a bundler may drop the earlier one for a second one.
    #[error(
        "the operation {hash}, which deploys the account, is still pending: wait for it, speed it up or cancel it; \
         nothing was sent"
    )]
    Deploying {
        /// The operation.
        hash: UserOpHash,
    },
    /// The operation to replace is not recorded as pending: it has ended, or another store sent it.
    #[error("the operation {0} is not pending here, so it cannot be replaced: wait for it to learn its end")]
    NotPending(UserOpHash),
    /// An operation that is paid for in a token was to be sent again without stating its payment.
    #[error("the operation is paid for in the token {0}: say so again, with the most that it may cost")]
    PaymentNotGiven(Address),
    /// The calls of the operation were too large to record, so the record cannot be sent again.
    #[error(
        "the calls of the operation {0} are too large to be kept, so only whoever sent it can send it again"
    )]
    CallsNotKept(UserOpHash),
    /// The bundler has lost the operation: the bundler does not know it, or reports it as included while the
    /// chain does not have it. The nonce is unused, and the operation will most likely not be included.
    #[error(
        "the bundler has lost the operation {hash}, and the chain does not have it: send it anew at the same nonce, \
         {nonce}, so that it cannot happen twice"
    )]
    Dropped {
        /// The operation.
        hash: UserOpHash,
        /// Its nonce, which is unused.
        nonce: U256,
    },
    /// Another operation has used the nonce, so this one can never be included.
    #[error(
        "the operation {hash} will never be included, for its nonce was used by {}: look at what that has done",
        named(.by)
    )]
    Replaced {
        /// The operation.
        hash: UserOpHash,
        /// Its nonce.
        nonce: U256,
        /// The operation that was included instead, if the chain's logs contain it.
        by: Option<UserOpHash>,
    },
    /// The operation was not included in time, or did not reach the requested number of confirmations. It may
    /// still be included.
    #[error("the operation {hash} was not confirmed within {} s; it still may be: wait again{}", seconds(.after), because(.last))]
    TimedOut {
        /// The operation.
        hash: UserOpHash,
        /// The time waited.
        after: Duration,
        /// The failure of the last request, if it failed.
        last: Option<Box<ServiceError>>,
    },
}

impl From<Violation> for Error {
    fn from(violation: Violation) -> Self {
        Self::Forbidden(Box::new(violation))
    }
}

impl Error {
    /// Returns true if there is no paymaster, or if the paymaster declines to pay.
    pub(super) fn is_without_sponsor(&self) -> bool {
        match self {
            Self::NoPaymaster => true,
            Self::Service(error) => {
                error.service == Service::Paymaster && error.refusal().is_some_and(Refusal::is_decline)
            }
            _ => false,
        }
    }

    /// Adds the operation's nonce to the entry point's error AA25, which does not name the nonce.
    pub(super) fn at(self, nonce: U256) -> Self {
        const INVALID_NONCE: u8 = 25;
        let number = |source: &ServiceError| Some(source.refusal()?.aa?.number());
        match self {
            Self::Service(source) if number(&source) == Some(INVALID_NONCE) => {
                let source = Box::new(source);
                Self::NonceTaken { nonce, source }
            }
            error => error,
        }
    }
}

fn granted(grants: &u64) -> String {
    match grants {
        1 => "1 was granted".to_owned(),
        more => format!("up to {more} were granted"),
    }
}

fn named(by: &Option<UserOpHash>) -> String {
    by.map_or_else(|| "another operation".to_owned(), |by| by.to_string())
}

fn because(last: &Option<Box<ServiceError>>) -> String {
    last.as_ref()
        .map_or_else(String::new, |error| format!(" ({error})"))
}

#[cfg(test)]
mod tests;
