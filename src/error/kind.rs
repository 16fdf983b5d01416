use std::time::Duration;

use alloy::primitives::{Address, U256};

use super::texts;
use crate::{
    account::KindNotLoaded,
    permission::{PolicyError, Violation},
    primitives::{Asset, Explanation, UserOpHash},
    rpc::{Service, ServiceError, UrlError},
    session::{ImportError, SessionId},
    signer::{NoRandomness, OwnerError, SignerError},
    store::StoreError,
};

/// The kind of an [`Error`](crate::Error), with its facts.
#[derive(Debug, PartialEq, thiserror::Error)]
#[error("{}", texts::Shown(self))]
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
    Forbidden(Box<Violation>),
    /// The chain refused the call, which the session's policy forbids.
    ForbiddenByChain {
        /// The violated rule of the policy.
        violation: Box<Violation>,
        /// The refusal of the service.
        source: ServiceError,
    },
    /// A contract of the account refused the operation, for a known reason.
    RefusedByContract {
        /// The reason.
        explanation: Explanation,
        /// The refusal of the service.
        source: ServiceError,
    },
    /// The bundler refused the delegation of the owner's EOA ([EIP-7702](https://eips.ethereum.org/EIPS/eip-7702)): it does
    /// not support delegations, or the owner has sent a transaction meanwhile.
    RefusedDelegation {
        /// The refusal of the service.
        source: ServiceError,
    },
    /// A request has no calls.
    NoCalls,
    /// The account is deployed already.
    AlreadyDeployed,
    /// The migration would take the account from its owner. The address is that of the owner afterwards.
    WouldLock(Address),
    /// The migration would leave sessions or a deposit at the entry point behind.
    LeavesBehind {
        /// The number of sessions that would end.
        sessions: u64,
        /// The deposit, in wei.
        deposit: U256,
    },
    /// The owner's EOA delegates to another contract than the account's ([EIP-7702](https://eips.ethereum.org/EIPS/eip-7702)).
    OtherDelegate(Address),
    /// The owner's EOA does not delegate to the account's contract
    /// ([EIP-7702](https://eips.ethereum.org/EIPS/eip-7702)), so that sessions cannot act for it.
    NoDelegation,
    /// The module is not enabled on the account.
    NoSuchModule(Address),
    /// The address cannot be the owner of the account.
    NoSuchOwner(Address),
    /// The account holds nothing of the asset that is to be withdrawn.
    NothingToWithdraw,
    /// The account holds less than it has to send or pay.
    NotEnough {
        /// The asset.
        asset: Asset,
        /// The amount required, in wei or in the token's smallest unit.
        wanted: U256,
        /// The amount that the account holds, in the same unit.
        held: U256,
    },
    /// The paymaster does not accept this token.
    TokenNotTaken(Address),
    /// The gas would cost more of a token than the limit allows.
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
    NotApproved {
        /// The token.
        token: Address,
        /// The paymaster that the account has to approve.
        paymaster: Address,
        /// The amount to approve, in the token's smallest unit.
        cost: U256,
    },
    /// The nonce is not the next one of its key, which is the only one that the chain accepts.
    NonceTaken {
        /// The nonce of the operation: key and sequence number.
        nonce: U256,
        /// The refusal of the service.
        source: ServiceError,
    },
    /// A paymaster whose dialect has no field for an expiry was given one.
    NoExpiry,
    /// No wallet is connected, and no account is set.
    NotConnected,
    /// The code of the account kind was not loaded. Another attempt loads again.
    KindNotLoaded,
    /// The component that made the request was disposed, and its state with it.
    Disposed,
    /// The operation needs the owner's signature, and the client has no owner.
    NoOwner,
    /// The operation was to be sponsored, and no paymaster is configured.
    NoPaymaster,
    /// The account has no session whose key is available.
    NoSession,
    /// The session is not active, or its key is not in this store. The account may have other sessions.
    NotActive(SessionId),
    /// There is no session to revoke: the account has none, or the request names none.
    NothingToRevoke,
    /// The chain holds sessions that are not in the store. A new grant would end them.
    UntrackedSessions {
        /// The number of grants since the last one that is in the store: an upper bound of the untracked
        /// sessions.
        grants: u64,
    },
    /// The grant in force changed during each of several attempts to use a session.
    Unsettled,
    /// This device's clock is behind the chain's by more than 15 minutes, or by at least the session's
    /// remaining time. Nothing is granted, because the session could end before it begins.
    WrongClock {
        /// The least time by which the clock is behind, in whole seconds.
        by: Duration,
    },
    /// A service is on another chain than the configured one.
    WrongChain {
        /// The service.
        service: Service,
        /// The chain that was configured.
        expected: u64,
        /// The chain that the service returned.
        found: u64,
    },
    /// The bundler does not serve the entry point.
    WrongEntryPoint(Address),
    /// The paymaster service named a contract that may not sponsor operations.
    NotTheSponsor(Address),
    /// The bundler answered with the hash of another operation.
    WrongHash {
        /// The operation's own hash.
        expected: UserOpHash,
        /// The hash that the bundler returned.
        found: UserOpHash,
    },
    /// The bundler did not answer a submission, or the answer may come from a gateway in between. The bundler
    /// may have accepted the operation, which is [pending](crate::SmartAccountClient::pending_user_ops) until
    /// that is known.
    Unanswered {
        /// The operation.
        hash: UserOpHash,
        /// The failure of the request.
        source: ServiceError,
    },
    /// The account would pay more than the limit allows.
    TooDear {
        /// The maximum cost, in wei.
        cost: U256,
        /// The limit, in wei.
        most: U256,
    },
    /// A service requests an amount above the accepted limit.
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
    Deploying {
        /// The operation.
        hash: UserOpHash,
    },
    /// The operation to replace is not recorded as pending: it has ended, or another store sent it.
    NotPending(UserOpHash),
    /// A session signed the operation, and on this account kind the owner cannot sign at its nonce.
    NotCancellable(UserOpHash),
    /// An operation that is paid for in a token was to be sent again without stating its payment.
    PaymentNotGiven(Address),
    /// The calls of the operation were too large to record, so the record cannot be sent again.
    CallsNotKept(UserOpHash),
    /// The bundler has lost the operation: the bundler does not know it, or reports it as included while the
    /// chain does not have it. The nonce is unused, and the operation will most likely not be included.
    Dropped {
        /// The operation.
        hash: UserOpHash,
        /// Its nonce, which is unused.
        nonce: U256,
    },
    /// Another operation has used the nonce, so this one can never be included.
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

impl From<KindNotLoaded> for ErrorKind {
    fn from(KindNotLoaded: KindNotLoaded) -> Self {
        Self::KindNotLoaded
    }
}

impl From<Violation> for ErrorKind {
    fn from(violation: Violation) -> Self {
        Self::Forbidden(Box::new(violation))
    }
}
