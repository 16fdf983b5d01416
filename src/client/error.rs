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

/// Why something could not be done with an account.
///
/// # Examples
///
/// The text is for the user: what is wrong, and what to do. The [code](Error::code) is for programs and tests, and the
/// variant tells which button helps.
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
    /// Sessions could not be kept or found again.
    #[error(transparent)]
    Store(#[from] StoreError),
    /// What another library kept of the sessions cannot be read.
    #[error(transparent)]
    Import(#[from] ImportError),
    /// The session's signer did not sign.
    #[error(transparent)]
    SessionSigner(#[from] SignerError),
    /// The address of a service is none.
    #[error(transparent)]
    Url(#[from] UrlError),
    /// The session's policy forbids the call, which was therefore not sent.
    #[error("{0}; nothing was sent")]
    Forbidden(Box<Violation>),
    /// The session's policy forbids the call, and the chain refused it.
    #[error("the chain refused the call: {violation}")]
    ForbiddenByChain {
        /// What the policy forbids.
        violation: Box<Violation>,
        /// How it was refused.
        source: Box<ServiceError>,
    },
    /// An operation was to be sent that does nothing.
    #[error("there is nothing to send: give at least one call")]
    NoCalls,
    /// The account is deployed already.
    #[error("the account is deployed already: there is nothing to do")]
    AlreadyDeployed,
    /// The module is none of the account's.
    #[error("the module {0} is not enabled: choose one of the account's modules")]
    NoSuchModule(Address),
    /// Nobody can own an account at this address.
    #[error("the address {0} cannot own the account: give that of a person's key")]
    NoSuchOwner(Address),
    /// There is nothing of what is to be given away.
    #[error("the account holds nothing of this: there is nothing to withdraw")]
    NothingToWithdraw,
    /// The account holds less than it is to give away or pay.
    #[error("the account holds {held} of {asset} and this takes {wanted}: nothing was sent")]
    NotEnough {
        /// What there is too little of.
        asset: Asset,
        /// How much it takes, in wei or in the token's smallest unit.
        wanted: U256,
        /// How much there is, in the same unit.
        held: U256,
    },
    /// The paymaster does not take this token.
    #[error("the paymaster does not take the token {0} for gas: choose one that it quotes")]
    TokenNotTaken(Address),
    /// Gas would cost more of a token than it may.
    #[error(
        "gas would cost up to {cost} of the token {token}, in its smallest unit, and the most allowed is {most}: nothing was sent"
    )]
    TooManyTokens {
        /// The token.
        token: Address,
        /// What it would cost at most, in the token's smallest unit.
        cost: U256,
        /// The most that was allowed, in the token's smallest unit.
        most: U256,
    },
    /// A session is to pay in a token that the account has not approved for the paymaster. Only the owner can.
    #[error(
        "the paymaster {paymaster} may not take {cost} of the token {token}: have the owner approve it first"
    )]
    NotApproved {
        /// The token.
        token: Address,
        /// Whom the account must allow to take it.
        paymaster: Address,
        /// How much it may take, in the token's smallest unit.
        cost: U256,
    },
    /// The chain takes only the next nonce of each key, and this one is not.
    #[error(
        "the nonce {nonce:#x} is used already or is not the next of its key: let the client choose, or give another"
    )]
    NonceTaken {
        /// Key and sequence number of the operation.
        nonce: U256,
        /// How it was refused.
        source: Box<ServiceError>,
    },
    /// A paymaster was to agree for a time, and its dialect has no word for that.
    #[error(
        "a paymaster of ERC-7677 cannot be told an expiry: leave it out, or tell it in a field that it documents"
    )]
    NoExpiry,
    /// No wallet is connected, and no account is known.
    #[error("no account is connected: connect a wallet first")]
    NotConnected,
    /// The component that asked is gone, and what it knew with it.
    #[error("the component that asked for this is gone: ask from one that lasts")]
    Disposed,
    /// The owner has to sign this, and is not at hand.
    #[error("this needs the account's owner: connect the wallet")]
    NoOwner,
    /// An operation was to be sponsored without a paymaster.
    #[error("there is no paymaster to sponsor this: give the services one, or let the account pay")]
    NoPaymaster,
    /// The account has no session whose key is known here.
    #[error("the account has no active session here: create one first")]
    NoSession,
    /// The account has sessions, but not this one.
    #[error("the session {0} is not active: create a new one")]
    NotActive(SessionId),
    /// All sessions were to end, and there are none, or none was named.
    #[error("there is nothing to revoke: the chain holds no session of the account, or none was named")]
    NothingToRevoke,
    /// The chain holds sessions that are not known here: a new one would end them.
    #[error(
        "the account has sessions that are not known here: {} on another device, or before this site's data was \
         removed; going on would end them, so say that it may",
        granted(.grants)
    )]
    SessionsElsewhere {
        /// The root that the chain holds.
        root: B256,
        /// How many grants were made since the last one that is known here: at most so many sessions are not known.
        grants: u64,
    },
    /// The node keeps telling of other sessions than it did a moment before.
    #[error("the node's answers about the account's sessions keep changing: try again")]
    Unsettled,
    /// This device's clock is behind the chain's by more than 15 minutes, or by as long as a session is to last, so that
    /// nothing is granted: the session could have ended before it began.
    #[error("this device's clock is {} s behind the chain's: set it right and try again; nothing was signed", seconds(.by))]
    WrongClock {
        /// By how much at least, in whole seconds.
        by: Duration,
    },
    /// A service lives on another chain than it should.
    #[error("the {service} is on chain {found}, not on {expected}: correct its address or the chain's id")]
    WrongChain {
        /// The service.
        service: Service,
        /// The chain that was configured.
        expected: u64,
        /// The chain it says it is on.
        found: u64,
    },
    /// The bundler does not serve the entry point.
    #[error(
        "the bundler does not serve the entry point {0}: use another bundler, or the entry point it serves"
    )]
    WrongEntryPoint(Address),
    /// The paymaster's service names a contract that may not sponsor operations.
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
        /// What the bundler said.
        found: UserOpHash,
    },
    /// The bundler gave no answer to an operation, or one that need not be its own: something between may have refused
    /// in words of its own. It may have taken the operation all the same, which is
    /// [pending](super::SmartAccountClient::pending_user_ops) until that is known.
    #[error(
        "{source}; nobody knows whether the operation {hash} was taken, so wait for it before sending it again"
    )]
    Unanswered {
        /// The operation.
        hash: UserOpHash,
        /// How the answer was lost.
        source: Box<ServiceError>,
    },
    /// The account would pay more than it may.
    #[error("this would cost up to {cost} wei, and the most allowed is {most}: nothing was sent")]
    TooDear {
        /// What it would cost at most, in wei.
        cost: U256,
        /// The most that was allowed, in wei.
        most: U256,
    },
    /// A service asks for more than is sensible.
    #[error("the {service} asks for {what} of {found}, which is more than {most}: nothing was sent")]
    Excessive {
        /// The service.
        service: Service,
        /// What it asks for, with the unit.
        what: &'static str,
        /// How much it asks for, in that unit.
        found: U256,
        /// The most that is accepted, in that unit.
        most: U256,
    },
    /// An earlier operation deploys the account and is not included yet. Another one that deploys it would push it out,
    /// and only one of them can be included.
    #[error(
        "the operation {hash}, which deploys the account, is still pending: wait for it, speed it up or cancel it; \
         nothing was sent"
    )]
    Deploying {
        /// The operation.
        hash: UserOpHash,
    },
    /// Nothing is kept of an operation that was to be replaced: it has come to an end, or was sent elsewhere.
    #[error("the operation {0} is not pending here, so it cannot be replaced: wait for it to learn its end")]
    NotPending(UserOpHash),
    /// An operation that is paid for in a token was to be sent again, and nobody said how it is paid for.
    #[error("the operation is paid for in the token {0}: say so again, with the most that it may cost")]
    PaymentNotGiven(Address),
    /// The calls of an operation were too large to be kept.
    #[error(
        "the calls of the operation {0} are too large to be kept, so only whoever sent it can send it again"
    )]
    CallsNotKept(UserOpHash),
    /// The bundler has nothing more to do for an operation: it does not know it, or takes it for included while the
    /// chain does not have it. Its nonce is unused, and it will hardly be included.
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
    /// Another operation has used the nonce of this one, which can never be included.
    #[error(
        "the operation {hash} will never be included, for its nonce was used by {}: look at what that has done",
        named(.by)
    )]
    Replaced {
        /// The operation.
        hash: UserOpHash,
        /// Its nonce.
        nonce: U256,
        /// The operation that was included in its place, where the chain tells.
        by: Option<UserOpHash>,
    },
    /// The operation was not included in time, or not as deep in the chain as was wanted. It still may be.
    #[error("the operation {hash} was not confirmed within {} s; it still may be: wait again{}", seconds(.after), because(.last))]
    TimedOut {
        /// The operation.
        hash: UserOpHash,
        /// How long it was waited for.
        after: Duration,
        /// What went wrong when last asked, if it did.
        last: Option<Box<ServiceError>>,
    },
}

impl From<Violation> for Error {
    fn from(violation: Violation) -> Self {
        Self::Forbidden(Box::new(violation))
    }
}

impl Error {
    /// Whether there is no paymaster, or it declines to pay.
    pub(super) fn is_without_sponsor(&self) -> bool {
        match self {
            Self::NoPaymaster => true,
            Self::Service(error) => {
                error.service == Service::Paymaster && error.refusal().is_some_and(Refusal::is_decline)
            }
            _ => false,
        }
    }

    /// The entry point says that a nonce is wrong, but not which: the operation's.
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
