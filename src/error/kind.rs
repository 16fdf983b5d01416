use std::time::Duration;

use alloy::primitives::{Address, U256};

use crate::{
    permission::{PolicyError, Violation},
    primitives::{Asset, UserOpHash, decimal},
    rpc::{Service, ServiceError, UrlError, seconds},
    session::{ImportError, SessionId},
    signer::{NoRandomness, OwnerError, SignerError},
    store::StoreError,
};

/// The kind of an [`Error`](crate::Error), with its facts.
#[derive(Debug, PartialEq, thiserror::Error)]
#[non_exhaustive]
pub enum ErrorKind {
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
    #[error("the call was not sent: {0}")]
    Forbidden(Box<Violation>),
    /// The chain refused the call, which the session's policy forbids.
    #[error("the chain refused the call: {violation}")]
    ForbiddenByChain {
        /// The violated rule of the policy.
        violation: Box<Violation>,
        /// The refusal of the service.
        source: ServiceError,
    },
    /// A request has no calls.
    #[error("the request has no calls; add at least one call")]
    NoCalls,
    /// The account is deployed already.
    #[error("the account is already deployed; skip the deployment")]
    AlreadyDeployed,
    /// The module is not enabled on the account.
    #[error("the module is not enabled on the account: {0}; pass a module that is enabled")]
    NoSuchModule(Address),
    /// The address cannot be the owner of the account.
    #[error("the address cannot own the account: {0}; pass the address of an externally owned account")]
    NoSuchOwner(Address),
    /// The account holds nothing of the asset that is to be withdrawn.
    #[error("the balance to withdraw is 0; choose an asset that the account holds")]
    NothingToWithdraw,
    /// The account holds less than it has to send or pay.
    #[error(
        "insufficient balance of {asset}: {} held, {} required; fund the account or lower the amount",
        decimal(.held), decimal(.wanted)
    )]
    NotEnough {
        /// The asset.
        asset: Asset,
        /// The amount required, in wei or in the token's smallest unit.
        wanted: U256,
        /// The amount that the account holds, in the same unit.
        held: U256,
    },
    /// The paymaster does not accept this token.
    #[error("the paymaster does not accept the token for gas: {0}; choose a token that `token_fees` quotes")]
    TokenNotTaken(Address),
    /// The gas would cost more of a token than the limit allows.
    #[error(
        "the gas cost in the token {token} exceeds the limit: {} > {}; raise the limit of `TokenPayment::new`",
        decimal(.cost), decimal(.most)
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
        "the paymaster's token allowance is too low: {paymaster} needs {} of {token}; approve it as the owner",
        decimal(.cost)
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
    #[error("the nonce is used or not the next of its key: {nonce:#x}; omit the nonce or pass the next one")]
    NonceTaken {
        /// The nonce of the operation: key and sequence number.
        nonce: U256,
        /// The refusal of the service.
        source: ServiceError,
    },
    /// A paymaster whose dialect has no field for an expiry was given one.
    #[error(
        "a paymaster of ERC-7677 has no expiry; replace `PaymasterContext::expiry` with a field of the service"
    )]
    NoExpiry,
    /// No wallet is connected, and no account is set.
    #[error("no account is connected; connect a wallet first")]
    NotConnected,
    /// The component that made the request was disposed, and its state with it.
    #[error("the component of the request was disposed; send the request from a mounted component")]
    Disposed,
    /// The operation needs the owner's signature, and the client has no owner.
    #[error("the client has no owner to sign with; connect the owner's wallet")]
    NoOwner,
    /// The operation was to be sponsored, and no paymaster is configured.
    #[error("no paymaster is configured; set `Services::paymaster`, or pay with `Payment::Own`")]
    NoPaymaster,
    /// The account has no session whose key is available.
    #[error("the account has no active session in this store; create a session first")]
    NoSession,
    /// The session is not active, though the account may have others.
    #[error("the session is not active: {0}; create a new session")]
    NotActive(SessionId),
    /// There is no session to revoke: the account has none, or the request names none.
    #[error("the account has no session to revoke; pass the id of a session that is on chain")]
    NothingToRevoke,
    /// The chain holds sessions that are not in the store. A new grant would end them.
    #[error(
        "{} not in this store and would be revoked; pass `replace_unknown(true)` to proceed",
        untracked(.grants)
    )]
    UntrackedSessions {
        /// The number of grants since the last one that is in the store: an upper bound of the untracked
        /// sessions.
        grants: u64,
    },
    /// The grant in force changed during each of several attempts to use a session.
    #[error("the account's session root changed while it was read; try again")]
    Unsettled,
    /// This device's clock is behind the chain's by more than 15 minutes, or by at least the session's
    /// remaining time. Nothing is granted, because the session could end before it begins.
    #[error("this device's clock is behind the chain's: {} s; set the clock and try again", seconds(.by))]
    WrongClock {
        /// The least time by which the clock is behind, in whole seconds.
        by: Duration,
    },
    /// A service is on another chain than the configured one.
    #[error(
        "the {service} is on another chain: {found} instead of {expected}; correct its URL or the chain ID"
    )]
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
        "the bundler does not support the entry point: {0}; use another bundler or `Services::entry_point_at`"
    )]
    WrongEntryPoint(Address),
    /// The paymaster service named a contract that may not sponsor operations.
    #[error(
        "the paymaster service names an unknown contract: {0}; set `Services::paymaster_address` to trust it"
    )]
    NotTheSponsor(Address),
    /// The bundler answered with the hash of another operation.
    #[error(
        "the bundler returned another operation hash: {found} instead of {expected}; wait for the receipt of \
         {expected} before sending again"
    )]
    WrongHash {
        /// The operation's own hash.
        expected: UserOpHash,
        /// The hash that the bundler returned.
        found: UserOpHash,
    },
    /// The bundler did not answer a submission, or the answer may come from a gateway in between. The bundler
    /// may have accepted the operation, which is [pending](crate::SmartAccountClient::pending_user_ops) until
    /// that is known.
    #[error(
        "{}; wait for the receipt of {hash} before sending the operation again",
        .source.without_advice()
    )]
    Unanswered {
        /// The operation.
        hash: UserOpHash,
        /// The failure of the request.
        source: ServiceError,
    },
    /// The account would pay more than the limit allows.
    #[error(
        "the gas cost exceeds the limit: {} > {} wei; raise `Services::most_cost` or try again later",
        decimal(.cost), decimal(.most)
    )]
    TooDear {
        /// The maximum cost, in wei.
        cost: U256,
        /// The limit, in wei.
        most: U256,
    },
    /// A service requests an amount above the accepted limit.
    #[error(
        "the {service} requested an excessive {what}: {} > {}; use another one, or raise `Services::most_sponsored_cost`",
        decimal(.found), decimal(.most)
    )]
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
    #[error("the deployment of the account is pending: {hash}; wait for it, speed it up or cancel it")]
    Deploying {
        /// The operation.
        hash: UserOpHash,
    },
    /// The operation to replace is not recorded as pending: it has ended, or another store sent it.
    #[error("the operation to replace is not pending in this store: {0}; wait for its receipt")]
    NotPending(UserOpHash),
    /// An operation that is paid for in a token was to be sent again without stating its payment.
    #[error(
        "the replacement does not state its payment in the token: {0}; pass `Payment::Token` to `SpeedUp::pay`"
    )]
    PaymentNotGiven(Address),
    /// The calls of the operation were too large to record, so the record cannot be sent again.
    #[error(
        "the calls of the operation were too large to record: {0}; send the calls again at the same nonce"
    )]
    CallsNotKept(UserOpHash),
    /// The bundler has lost the operation: the bundler does not know it, or reports it as included while the
    /// chain does not have it. The nonce is unused, and the operation will most likely not be included.
    #[error(
        "the bundler lost the operation: {hash}; send it again with `NonceLane::Given({})` to avoid a duplicate",
        decimal(.nonce)
    )]
    Dropped {
        /// The operation.
        hash: UserOpHash,
        /// Its nonce, which is unused.
        nonce: U256,
    },
    /// Another operation has used the nonce, so this one can never be included.
    #[error(
        "the operation was replaced at its nonce: {hash} by {}; check the receipt of the replacement",
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
    #[error(
        "the operation was not confirmed within {} s: {hash}{}; wait for it again",
        seconds(.after), because(.last)
    )]
    TimedOut {
        /// The operation.
        hash: UserOpHash,
        /// The time waited.
        after: Duration,
        /// The failure of the last request, if it failed.
        last: Option<ServiceError>,
    },
}

impl From<NoRandomness> for ErrorKind {
    fn from(error: NoRandomness) -> Self {
        Self::Store(error.into())
    }
}

impl From<Violation> for ErrorKind {
    fn from(violation: Violation) -> Self {
        Self::Forbidden(Box::new(violation))
    }
}

fn untracked(grants: &u64) -> String {
    match grants {
        1 => "1 session on chain is".to_owned(),
        more => format!("up to {more} sessions on chain are"),
    }
}

fn named(by: &Option<UserOpHash>) -> String {
    by.map_or_else(|| "another operation".to_owned(), |by| by.to_string())
}

fn because(last: &Option<ServiceError>) -> String {
    last.as_ref()
        .map_or_else(String::new, |error| format!(" ({})", error.without_advice()))
}
