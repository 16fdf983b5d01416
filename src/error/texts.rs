use std::fmt;

use super::ErrorKind;
use crate::{
    primitives::{UserOpHash, checksum, decimal},
    rpc::{MAX_TEXT, ServiceError, seconds},
};

/// The maximum lengths of the failures in the texts of two kinds, in characters: what the other words leave.
const MAX_OF_UNANSWERED: usize = MAX_TEXT - 71;
const MAX_OF_TIMED_OUT: usize = MAX_TEXT - 80;

/// A writer of the text of one kind.
pub(super) type Text = fn(&ErrorKind, &mut fmt::Formatter<'_>) -> fmt::Result;

/// The text of a kind.
pub(super) struct Shown<'a>(pub(super) &'a ErrorKind);

impl fmt::Display for Shown<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.text()(self.0, f)
    }
}

/// Chooses the writer of a kind's text, each from a variant with its fields, a format and the values of its `{}`.
macro_rules! texts {
    ($kind:expr, $($variant:ident $fields:tt => $format:literal $(, $value:expr)*;)*) => {
        match $kind {
            $(ErrorKind::$variant { .. } => |kind, f| match kind {
                ErrorKind::$variant $fields => write!(f, $format $(, $value)*),
                _ => Ok(()),
            },)*
        }
    };
}

impl ErrorKind {
    /// Returns the writer of the kind's text.
    // Inlined where an error is created: the variant is a constant there, so a page links the texts of the kinds that
    // the page can create.
    #[inline(always)]
    pub(super) fn text(&self) -> Text {
        texts! { self,
            Service { 0: error } => "{error}";
            Owner { 0: error } => "{error}";
            Policy { 0: error } => "{error}";
            Store { 0: error } => "{error}";
            Import { 0: error } => "{error}";
            SessionSigner { 0: error } => "{error}";
            Url { 0: error } => "{error}";
            Forbidden { 0: violation } => "the call was not sent: {violation}";
            ForbiddenByChain { violation, .. } => "the chain refused: {violation}";
            RefusedByContract { explanation, .. } =>
                "the account's contracts refused: {} ({}); {}",
                explanation.meaning, explanation.name(), explanation.advice;
            RefusedDelegation { .. } =>
                "the bundler refused the delegation of the owner's address; use a bundler with EIP-7702, or try again";
            NoCalls {} => "the request has no calls; add at least one call";
            AlreadyDeployed {} => "the account is already deployed; skip the deployment";
            WouldLock { 0: owner } =>
                "the migration would take the account from its owner: {} would own it; pass the client's owner to \
                 `Nexus::migration`",
                checksum(owner);
            LeavesBehind { sessions, deposit } =>
                "the migration ends {} sessions and leaves {} wei at the entry point; allow it by `Migrate::leave_behind(true)`",
                sessions, decimal(deposit);
            OtherDelegate { 0: delegate } =>
                "the owner's address delegates to another contract: {}; end that delegation in the wallet",
                checksum(delegate);
            NoDelegation {} =>
                "the owner's address does not delegate to the account's contract; send an operation as the owner first";
            NoSuchModule { 0: module } =>
                "the module is not enabled on the account: {}; pass a module that is enabled", checksum(module);
            NoSuchOwner { 0: owner } =>
                "the address cannot own the account: {}; pass the address of an externally owned account",
                checksum(owner);
            NothingToWithdraw {} => "the balance to withdraw is 0; choose an asset that the account holds";
            NotEnough { asset, wanted, held } =>
                "insufficient balance of {asset}: {} held, {} required; fund the account or lower the amount",
                decimal(held), decimal(wanted);
            TokenNotTaken { 0: token } =>
                "the paymaster does not accept the token for gas: {}; choose a token that `token_fees` quotes",
                checksum(token);
            TooManyTokens { token, cost, most } =>
                "the gas cost in the token {} exceeds the limit: {} > {}; raise the limit of `TokenPayment::new`",
                checksum(token), decimal(cost), decimal(most);
            NotApproved { token, paymaster, cost } =>
                "the paymaster's token allowance is too low: {} needs {} of {}; approve it as the owner",
                checksum(paymaster), decimal(cost), checksum(token);
            NonceTaken { nonce, .. } =>
                "the nonce is used or not the next of its key: {nonce:#x}; omit the nonce or pass the next one";
            NoExpiry {} =>
                "the paymaster context of ERC-7677 has no expiry; remove `PaymasterContext::expiry`, or pass the service's own \
                 field with `PaymasterContext::field`";
            KindNotLoaded {} =>
                "the code of the account kind was not loaded: no connection, or the page was updated; try again, or reload the \
                 page";
            NotConnected {} => "no account is connected; connect a wallet first";
            Disposed {} => "the component of the request was disposed; send the request from a mounted component";
            NoOwner {} => "the client has no owner to sign with; connect the owner's wallet";
            NoPaymaster {} => "no paymaster is configured; set `Services::paymaster`, or pay with `Payment::Own`";
            NoSession {} => "the account has no active session in this store; create a session first";
            NotActive { 0: session } =>
                "the session is not active, or its key is not in this store: {}; pass an active session", checksum(session);
            NothingToRevoke {} => "the account has no session to revoke; pass the id of a session that is on chain";
            UntrackedSessions { grants } =>
                "{} not in this store and would be revoked; pass `replace_unknown(true)` to proceed",
                untracked(*grants);
            Unsettled {} => "the account's sessions changed while they were read; try again";
            WrongClock { by } =>
                "this device's clock is behind the chain's: {} s; set the clock and try again", seconds(by);
            WrongChain { service, expected, found } =>
                "the {service} is on another chain: {found} instead of {expected}; correct its URL or the chain ID";
            WrongEntryPoint { 0: entry_point } =>
                "the bundler does not support the entry point: {}; use another bundler or `Services::entry_point_at`",
                checksum(entry_point);
            NotTheSponsor { 0: paymaster } =>
                "the paymaster service names a contract that may not sponsor: {}; use another service, or trust it with \
                 `Services::paymaster_address`",
                checksum(paymaster);
            WrongHash { expected, found } =>
                "the bundler returned another operation hash: {found} instead of {expected}; wait for the receipt of \
                 {expected} before sending again";
            Unanswered { hash, source } =>
                "{}; wait for the receipt of {hash} before sending the operation again",
                source.without_advice(MAX_OF_UNANSWERED);
            TooDear { cost, most } =>
                "the gas cost exceeds the limit: {} > {} wei; raise `Services::most_cost` or try again later",
                decimal(cost), decimal(most);
            Excessive { service, what, found, most } =>
                "the {service} set an excessive {what}: {} > {}; use another {service}, or raise `Services::most_sponsored_cost`",
                decimal(found), decimal(most);
            Deploying { hash } =>
                "the deployment of the account is pending: {hash}; wait for it, speed it up or cancel it";
            NotCancellable { 0: hash } =>
                "the owner cannot cancel a session's operation on this account: {hash}; revoke the session instead";
            NotPending { 0: hash } =>
                "the operation to replace is not pending in this store: {hash}; wait for its receipt";
            PaymentNotGiven { 0: token } =>
                "the replacement does not state its payment in the token: {}; pass `Payment::Token` to `SpeedUp::pay`",
                checksum(token);
            CallsNotKept { 0: hash } =>
                "the calls of the operation were too large to record: {hash}; send the calls again with `NonceLane::Given` of its nonce";
            Dropped { hash, .. } =>
                "the bundler lost the operation: {hash}; send its calls again with `NonceLane::Given` of its nonce";
            Replaced { hash, by, .. } =>
                "the operation was replaced at its nonce: {hash} by {}; check the receipt of the replacement",
                named(*by);
            TimedOut { hash, after, last } =>
                "the operation was not confirmed within {} s: {hash}{}; wait for it again",
                seconds(after), because(last.as_ref());
        }
    }
}

fn untracked(grants: u64) -> String {
    match grants {
        1 => "1 session on chain is".to_owned(),
        more => format!("up to {more} sessions on chain are"),
    }
}

fn named(by: Option<UserOpHash>) -> String {
    by.map_or_else(|| "another operation".to_owned(), |by| by.to_string())
}

fn because(last: Option<&ServiceError>) -> String {
    last.map_or_else(String::new, |error| {
        format!(" ({})", error.without_advice(MAX_OF_TIMED_OUT))
    })
}
