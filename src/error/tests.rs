use std::time::Duration;

use alloy::primitives::{Address, B256, U256};

use super::{Error, ErrorKind};
use crate::{
    permission::Violation,
    primitives::{Asset, Explanation, UserOpHash},
    rpc::{Failure, Service, ServiceError},
};

const SEVEN: Address = Address::repeat_byte(7);
const HASH: UserOpHash = UserOpHash(B256::repeat_byte(1));
const OTHER: UserOpHash = UserOpHash(B256::repeat_byte(2));

impl Error {
    /// Returns each error that is not one of another enum, with its code and its text.
    pub(crate) fn samples() -> Vec<(Self, &'static str, &'static str)> {
        let kinds = [of_sessions_and_accounts(), of_payments(), of_operations()];
        let sample = |(kind, code, text): (ErrorKind, _, _)| (kind.into(), code, text);
        kinds.into_iter().flatten().map(sample).collect()
    }
}

fn unanswered() -> ServiceError {
    ServiceError::new(Service::Bundler, "eth_sendUserOperation", Failure::Missing)
}

fn of_sessions_and_accounts() -> Vec<(ErrorKind, &'static str, &'static str)> {
    let untracked = |grants| ErrorKind::UntrackedSessions { grants };
    vec![
        (
            ErrorKind::from(Violation::NoTransfer),
            "forbidden.not_a_transfer",
            "the call was not sent: the call data is not a token transfer; call `transfer(address,uint256)` \
             with this session",
        ),
        (
            ErrorKind::ForbiddenByChain {
                violation: Box::new(Violation::NoTransfer),
                source: unanswered(),
            },
            "forbidden.by_chain",
            "the chain refused: the call data is not a token transfer; call `transfer(address,uint256)` with \
             this session",
        ),
        (
            ErrorKind::RefusedByContract {
                explanation: Explanation::new(
                    "InvalidPermissionId(bytes32)",
                    "the session was not enabled, or was removed",
                    "create another session",
                ),
                source: unanswered(),
            },
            "refused.by_contract",
            "the account's contracts refused: the session was not enabled, or was removed (InvalidPermissionId); \
             create another session",
        ),
        (
            ErrorKind::RefusedDelegation { source: unanswered() },
            "refused.delegation",
            "the bundler refused the delegation of the owner's address; use a bundler with EIP-7702, or try again",
        ),
        (
            ErrorKind::AlreadyDeployed,
            "account.already_deployed",
            "the account is already deployed; skip the deployment",
        ),
        (
            ErrorKind::WouldLock(SEVEN),
            "account.would_lock",
            "the migration would take the account from its owner: 0x0707070707070707070707070707070707070707 would \
             own it; pass the client's owner to `Nexus::migration`",
        ),
        (
            ErrorKind::LeavesBehind {
                sessions: 2,
                deposit: U256::from(5),
            },
            "account.leaves_behind",
            "the migration ends 2 sessions and leaves 5 wei at the entry point; allow it by `Migrate::leave_behind(true)`",
        ),
        (
            ErrorKind::OtherDelegate(SEVEN),
            "account.other_delegate",
            "the owner's address delegates to another contract: 0x0707070707070707070707070707070707070707; end \
             that delegation in the wallet",
        ),
        (
            ErrorKind::NoDelegation,
            "account.no_delegation",
            "the owner's address does not delegate to the account's contract; send an operation as the owner first",
        ),
        (
            ErrorKind::NoSuchModule(SEVEN),
            "account.no_such_module",
            "the module is not enabled on the account: 0x0707070707070707070707070707070707070707; pass a \
             module that is enabled",
        ),
        (
            ErrorKind::NoSuchOwner(SEVEN),
            "account.no_such_owner",
            "the address cannot own the account: 0x0707070707070707070707070707070707070707; pass the \
             address of an externally owned account",
        ),
        (
            ErrorKind::NotConnected,
            "account.not_connected",
            "no account is connected; connect a wallet first",
        ),
        (
            ErrorKind::KindNotLoaded,
            "account.not_loaded",
            "the code of the account kind was not loaded: no connection, or the page was updated; try again, or reload \
             the page",
        ),
        (
            ErrorKind::Disposed,
            "component.disposed",
            "the component of the request was disposed; send the request from a mounted component",
        ),
        (
            ErrorKind::NoOwner,
            "owner.not_available",
            "the client has no owner to sign with; connect the owner's wallet",
        ),
        (
            ErrorKind::NoSession,
            "session.none_active",
            "the account has no active session in this store; create a session first",
        ),
        (
            ErrorKind::NotActive(SEVEN),
            "session.not_active",
            "the session is not active, or its key is not in this store: \
             0x0707070707070707070707070707070707070707; pass an active session",
        ),
        (
            ErrorKind::NothingToRevoke,
            "session.nothing_to_revoke",
            "the account has no session to revoke; pass the id of a session that is on chain",
        ),
        (
            untracked(1),
            "session.untracked_on_chain",
            "1 session on chain is not in this store and would be revoked; pass `replace_unknown(true)` to \
             proceed",
        ),
        (
            untracked(2),
            "session.untracked_on_chain",
            "up to 2 sessions on chain are not in this store and would be revoked; pass \
             `replace_unknown(true)` to proceed",
        ),
        (
            ErrorKind::Unsettled,
            "session.unsettled",
            "the account's sessions changed while they were read; try again",
        ),
        (
            ErrorKind::WrongClock {
                by: Duration::from_secs(7200),
            },
            "device.wrong_clock",
            "this device's clock is behind the chain's: 7200 s; set the clock and try again",
        ),
        (
            ErrorKind::WrongChain {
                service: Service::Bundler,
                expected: 80002,
                found: 1,
            },
            "service.wrong_chain",
            "the bundler is on another chain: 1 instead of 80002; correct its URL or the chain ID",
        ),
        (
            ErrorKind::WrongEntryPoint(SEVEN),
            "service.wrong_entry_point",
            "the bundler does not support the entry point: 0x0707070707070707070707070707070707070707; use \
             another bundler or `Services::entry_point_at`",
        ),
    ]
}

fn of_payments() -> Vec<(ErrorKind, &'static str, &'static str)> {
    let few = |asset| ErrorKind::NotEnough {
        asset,
        wanted: U256::from(8),
        held: U256::from(7),
    };
    let (cost, most) = (U256::from(2), U256::from(1));
    vec![
        (
            ErrorKind::NothingToWithdraw,
            "payment.nothing_to_withdraw",
            "the balance to withdraw is 0; choose an asset that the account holds",
        ),
        (
            few(Asset::Native),
            "payment.not_enough",
            "insufficient balance of native coin (wei): 7 held, 8 required; fund the account or lower the \
             amount",
        ),
        (
            few(Asset::Token(SEVEN)),
            "payment.not_enough",
            "insufficient balance of the token 0x0707070707070707070707070707070707070707 (smallest unit): 7 \
             held, 8 required; fund the account or lower the amount",
        ),
        (
            ErrorKind::TokenNotTaken(SEVEN),
            "payment.token_not_taken",
            "the paymaster does not accept the token for gas: 0x0707070707070707070707070707070707070707; \
             choose a token that `token_fees` quotes",
        ),
        (
            ErrorKind::TooManyTokens {
                token: SEVEN,
                cost,
                most,
            },
            "payment.too_many_tokens",
            "the gas cost in the token 0x0707070707070707070707070707070707070707 exceeds the limit: 2 > 1; \
             raise the limit of `TokenPayment::new`",
        ),
        (
            ErrorKind::NotApproved {
                token: SEVEN,
                paymaster: Address::repeat_byte(8),
                cost,
            },
            "payment.not_approved",
            "the paymaster's token allowance is too low: 0x0808080808080808080808080808080808080808 needs 2 \
             of 0x0707070707070707070707070707070707070707; approve it as the owner",
        ),
        (
            ErrorKind::NoExpiry,
            "payment.no_expiry",
            "the paymaster context of ERC-7677 has no expiry; remove `PaymasterContext::expiry`, or pass the service's own \
             field with `PaymasterContext::field`",
        ),
        (
            ErrorKind::NoPaymaster,
            "payment.no_paymaster",
            "no paymaster is configured; set `Services::paymaster`, or pay with `Payment::Own`",
        ),
        (
            ErrorKind::NotTheSponsor(SEVEN),
            "service.wrong_sponsor",
            "the paymaster service names a contract that may not sponsor: \
             0x0707070707070707070707070707070707070707; use another service, or trust it with \
             `Services::paymaster_address`",
        ),
        (
            ErrorKind::TooDear { cost, most },
            "payment.too_dear",
            "the gas cost exceeds the limit: 2 > 1 wei; raise `Services::most_cost` or try again later",
        ),
        (
            ErrorKind::Excessive {
                service: Service::Bundler,
                what: "cost in wei",
                found: cost,
                most,
            },
            "service.excessive_demand",
            "the bundler set an excessive cost in wei: 2 > 1; use another bundler, or raise \
             `Services::most_sponsored_cost`",
        ),
        (
            ErrorKind::PaymentNotGiven(SEVEN),
            "payment.not_given",
            "the replacement does not state its payment in the token: \
             0x0707070707070707070707070707070707070707; pass `Payment::Token` to `SpeedUp::pay`",
        ),
    ]
}

fn of_operations() -> Vec<(ErrorKind, &'static str, &'static str)> {
    let nonce = U256::from(7);
    let replaced = |by| ErrorKind::Replaced {
        hash: HASH,
        nonce,
        by,
    };
    let late = |last| ErrorKind::TimedOut {
        hash: HASH,
        after: Duration::from_millis(1500),
        last,
    };
    vec![
        (
            ErrorKind::Deploying { hash: HASH },
            "operation.deployment_pending",
            "the deployment of the account is pending: \
             0x0101010101010101010101010101010101010101010101010101010101010101; wait for it, speed it up or \
             cancel it",
        ),
        (
            ErrorKind::NoCalls,
            "operation.no_calls",
            "the request has no calls; add at least one call",
        ),
        (
            ErrorKind::NonceTaken {
                nonce,
                source: unanswered(),
            },
            "operation.nonce_taken",
            "the nonce is used or not the next of its key: 0x7; omit the nonce or pass the next one",
        ),
        (
            ErrorKind::WrongHash {
                expected: HASH,
                found: OTHER,
            },
            "operation.wrong_hash",
            "the bundler returned another operation hash: \
             0x0202020202020202020202020202020202020202020202020202020202020202 instead of \
             0x0101010101010101010101010101010101010101010101010101010101010101; wait for the receipt of \
             0x0101010101010101010101010101010101010101010101010101010101010101 before sending again",
        ),
        (
            ErrorKind::Unanswered {
                hash: HASH,
                source: unanswered(),
            },
            "operation.unanswered",
            "eth_sendUserOperation failed at the bundler: the answer is null; wait for the receipt of \
             0x0101010101010101010101010101010101010101010101010101010101010101 before sending the operation \
             again",
        ),
        (
            ErrorKind::NotCancellable(HASH),
            "operation.not_cancellable",
            "the owner cannot cancel a session's operation on this account: \
             0x0101010101010101010101010101010101010101010101010101010101010101; revoke the session instead",
        ),
        (
            ErrorKind::NotPending(HASH),
            "operation.not_pending",
            "the operation to replace is not pending in this store: \
             0x0101010101010101010101010101010101010101010101010101010101010101; wait for its receipt",
        ),
        (
            ErrorKind::CallsNotKept(HASH),
            "operation.calls_not_kept",
            "the calls of the operation were too large to record: \
             0x0101010101010101010101010101010101010101010101010101010101010101; send the calls again with \
             `NonceLane::Given` of its nonce",
        ),
        (
            ErrorKind::Dropped { hash: HASH, nonce },
            "operation.dropped",
            "the bundler lost the operation: \
             0x0101010101010101010101010101010101010101010101010101010101010101; send its calls again with \
             `NonceLane::Given` of its nonce",
        ),
        (
            replaced(Some(OTHER)),
            "operation.replaced",
            "the operation was replaced at its nonce: \
             0x0101010101010101010101010101010101010101010101010101010101010101 by \
             0x0202020202020202020202020202020202020202020202020202020202020202; check the receipt of the \
             replacement",
        ),
        (
            replaced(None),
            "operation.replaced",
            "the operation was replaced at its nonce: \
             0x0101010101010101010101010101010101010101010101010101010101010101 by another operation; check \
             the receipt of the replacement",
        ),
        (
            late(None),
            "operation.timed_out",
            "the operation was not confirmed within 1.5 s: \
             0x0101010101010101010101010101010101010101010101010101010101010101; wait for it again",
        ),
        (
            late(Some(unanswered())),
            "operation.timed_out",
            "the operation was not confirmed within 1.5 s: \
             0x0101010101010101010101010101010101010101010101010101010101010101 (eth_sendUserOperation \
             failed at the bundler: the answer is null); wait for it again",
        ),
    ]
}
