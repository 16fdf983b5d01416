use std::time::Duration;

use alloy::primitives::{Address, B256, U256};

use super::Error;
use crate::{
    client::Asset,
    primitives::UserOpHash,
    rpc::{Failure, Service, ServiceError},
    session::Violation,
};

const SEVEN: Address = Address::repeat_byte(7);
const HASH: UserOpHash = UserOpHash(B256::repeat_byte(1));
const OTHER: UserOpHash = UserOpHash(B256::repeat_byte(2));

impl Error {
    /// Returns each error that is not one of another enum, with its code and its text.
    pub(crate) fn samples() -> Vec<(Self, &'static str, &'static str)> {
        let mut all = of_sessions_and_accounts();
        all.extend(of_payments());
        all.extend(of_operations());
        all
    }
}

fn unanswered() -> Box<ServiceError> {
    Box::new(ServiceError {
        service: Service::Bundler,
        method: "eth_sendUserOperation",
        failure: Failure::Missing,
    })
}

fn of_sessions_and_accounts() -> Vec<(Error, &'static str, &'static str)> {
    let elsewhere = |grants| Error::SessionsElsewhere {
        root: B256::ZERO,
        grants,
    };
    vec![
        (
            Error::from(Violation::NoTransfer),
            "forbidden.not_a_transfer",
            "the session may transfer tokens, and this call data is no transfer; nothing was sent",
        ),
        (
            Error::ForbiddenByChain {
                violation: Box::new(Violation::NoTransfer),
                source: unanswered(),
            },
            "forbidden.by_chain",
            "the chain refused the call: the session may transfer tokens, and this call data is no transfer",
        ),
        (
            Error::AlreadyDeployed,
            "account.already_deployed",
            "the account is deployed already: there is nothing to do",
        ),
        (
            Error::NoSuchModule(SEVEN),
            "account.no_such_module",
            "the module 0x0707070707070707070707070707070707070707 is not enabled: choose one of the account's modules",
        ),
        (
            Error::NoSuchOwner(SEVEN),
            "account.no_such_owner",
            "the address 0x0707070707070707070707070707070707070707 cannot own the account: give that of a person's key",
        ),
        (
            Error::NotConnected,
            "account.not_connected",
            "no account is connected: connect a wallet first",
        ),
        (
            Error::Disposed,
            "component.disposed",
            "the component that asked for this is gone: ask from one that lasts",
        ),
        (
            Error::NoOwner,
            "owner.not_available",
            "this needs the account's owner: connect the wallet",
        ),
        (
            Error::NoSession,
            "session.none_active",
            "the account has no active session here: create one first",
        ),
        (
            Error::NotActive(SEVEN),
            "session.not_active",
            "the session 0x0707070707070707070707070707070707070707 is not active: create a new one",
        ),
        (
            Error::NothingToRevoke,
            "session.nothing_to_revoke",
            "there is nothing to revoke: the chain holds no session of the account, or none was named",
        ),
        (
            elsewhere(1),
            "session.untracked_on_chain",
            "the account has sessions that are not known here: 1 was granted on another device, or before this site's \
             data was removed; going on would end them, so say that it may",
        ),
        (
            elsewhere(2),
            "session.untracked_on_chain",
            "the account has sessions that are not known here: up to 2 were granted on another device, or before this \
             site's data was removed; going on would end them, so say that it may",
        ),
        (
            Error::Unsettled,
            "session.unsettled",
            "the node's answers about the account's sessions keep changing: try again",
        ),
        (
            Error::WrongClock {
                by: Duration::from_secs(7200),
            },
            "device.wrong_clock",
            "this device's clock is 7200 s behind the chain's: set it right and try again; nothing was signed",
        ),
        (
            Error::WrongChain {
                service: Service::Bundler,
                expected: 80002,
                found: 1,
            },
            "service.wrong_chain",
            "the bundler is on chain 1, not on 80002: correct its address or the chain's id",
        ),
        (
            Error::WrongEntryPoint(SEVEN),
            "service.wrong_entry_point",
            "the bundler does not serve the entry point 0x0707070707070707070707070707070707070707: use another \
             bundler, or the entry point it serves",
        ),
    ]
}

fn of_payments() -> Vec<(Error, &'static str, &'static str)> {
    let few = |asset| Error::NotEnough {
        asset,
        wanted: U256::from(8),
        held: U256::from(7),
    };
    let (cost, most) = (U256::from(2), U256::from(1));
    vec![
        (
            Error::NothingToWithdraw,
            "payment.nothing_to_withdraw",
            "the account holds nothing of this: there is nothing to withdraw",
        ),
        (
            few(Asset::Native),
            "payment.not_enough",
            "the account holds 7 of native coin, in wei, and this takes 8: nothing was sent",
        ),
        (
            few(Asset::Token(SEVEN)),
            "payment.not_enough",
            "the account holds 7 of the token 0x0707070707070707070707070707070707070707, in its smallest unit, and \
             this takes 8: nothing was sent",
        ),
        (
            Error::TokenNotTaken(SEVEN),
            "payment.token_not_taken",
            "the paymaster does not take the token 0x0707070707070707070707070707070707070707 for gas: choose one \
             that it quotes",
        ),
        (
            Error::TooManyTokens {
                token: SEVEN,
                cost,
                most,
            },
            "payment.too_many_tokens",
            "gas would cost up to 2 of the token 0x0707070707070707070707070707070707070707, in its smallest unit, \
             and the most allowed is 1: nothing was sent",
        ),
        (
            Error::NotApproved {
                token: SEVEN,
                paymaster: Address::repeat_byte(8),
                cost,
            },
            "payment.not_approved",
            "the paymaster 0x0808080808080808080808080808080808080808 may not take 2 of the token \
             0x0707070707070707070707070707070707070707: have the owner approve it first",
        ),
        (
            Error::NoExpiry,
            "payment.no_expiry",
            "a paymaster of ERC-7677 cannot be told an expiry: leave it out, or tell it in a field that it documents",
        ),
        (
            Error::NoPaymaster,
            "payment.no_paymaster",
            "there is no paymaster to sponsor this: give the services one, or let the account pay",
        ),
        (
            Error::NotTheSponsor(SEVEN),
            "service.wrong_sponsor",
            "the paymaster's service names the contract 0x0707070707070707070707070707070707070707, which may not pay \
             for a sponsored operation: nothing was signed; correct `Services::paymaster_address`, else do not trust \
             the service",
        ),
        (
            Error::TooDear { cost, most },
            "payment.too_dear",
            "this would cost up to 2 wei, and the most allowed is 1: nothing was sent",
        ),
        (
            Error::Excessive {
                service: Service::Bundler,
                what: "an amount of gas",
                found: cost,
                most,
            },
            "service.excessive_demand",
            "the bundler asks for an amount of gas of 2, which is more than 1: nothing was sent",
        ),
        (
            Error::PaymentNotGiven(SEVEN),
            "payment.not_given",
            "the operation is paid for in the token 0x0707070707070707070707070707070707070707: say so again, with \
             the most that it may cost",
        ),
    ]
}

fn of_operations() -> Vec<(Error, &'static str, &'static str)> {
    let nonce = U256::from(7);
    let replaced = |by| Error::Replaced {
        hash: HASH,
        nonce,
        by,
    };
    let late = |last| Error::TimedOut {
        hash: HASH,
        after: Duration::from_millis(1500),
        last,
    };
    vec![
        (
            Error::Deploying { hash: HASH },
            "operation.deployment_pending",
            "the operation 0x0101010101010101010101010101010101010101010101010101010101010101, which deploys the account, \
             is still pending: wait for it, speed it up or cancel it; nothing was sent",
        ),
        (
            Error::NoCalls,
            "operation.no_calls",
            "there is nothing to send: give at least one call",
        ),
        (
            Error::NonceTaken {
                nonce,
                source: unanswered(),
            },
            "operation.nonce_taken",
            "the nonce 0x7 is used already or is not the next of its key: let the client choose, or give another",
        ),
        (
            Error::WrongHash {
                expected: HASH,
                found: OTHER,
            },
            "operation.wrong_hash",
            "the bundler answered with the hash 0x0202020202020202020202020202020202020202020202020202020202020202, \
             but the operation's is 0x0101010101010101010101010101010101010101010101010101010101010101: do not trust \
             it; wait for 0x0101010101010101010101010101010101010101010101010101010101010101 to see whether it was sent",
        ),
        (
            Error::Unanswered {
                hash: HASH,
                source: unanswered(),
            },
            "operation.unanswered",
            "the bundler answered null where a value must be: try again later, or use another one \
             [eth_sendUserOperation]; nobody knows whether the operation \
             0x0101010101010101010101010101010101010101010101010101010101010101 was taken, so wait for it before \
             sending it again",
        ),
        (
            Error::NotPending(HASH),
            "operation.not_pending",
            "the operation 0x0101010101010101010101010101010101010101010101010101010101010101 is not pending here, so \
             it cannot be replaced: wait for it to learn its end",
        ),
        (
            Error::CallsNotKept(HASH),
            "operation.calls_not_kept",
            "the calls of the operation 0x0101010101010101010101010101010101010101010101010101010101010101 are too \
             large to be kept, so only whoever sent it can send it again",
        ),
        (
            Error::Dropped { hash: HASH, nonce },
            "operation.dropped",
            "the bundler has lost the operation 0x0101010101010101010101010101010101010101010101010101010101010101, \
             and the chain does not have it: send it anew at the same nonce, 7, so that it cannot happen twice",
        ),
        (
            replaced(Some(OTHER)),
            "operation.replaced",
            "the operation 0x0101010101010101010101010101010101010101010101010101010101010101 will never be included, \
             for its nonce was used by 0x0202020202020202020202020202020202020202020202020202020202020202: look at \
             what that has done",
        ),
        (
            replaced(None),
            "operation.replaced",
            "the operation 0x0101010101010101010101010101010101010101010101010101010101010101 will never be included, \
             for its nonce was used by another operation: look at what that has done",
        ),
        (
            late(None),
            "operation.timed_out",
            "the operation 0x0101010101010101010101010101010101010101010101010101010101010101 was not confirmed \
             within 1.5 s; it still may be: wait again",
        ),
        (
            late(Some(unanswered())),
            "operation.timed_out",
            "the operation 0x0101010101010101010101010101010101010101010101010101010101010101 was not confirmed \
             within 1.5 s; it still may be: wait again (the bundler answered null where a value must be: try again \
             later, or use another one [eth_sendUserOperation])",
        ),
    ]
}
