use alloy::primitives::{Address, U256};

use crate::{
    platform,
    primitives::{Call, Fees, UserOpHash},
    session::{GrantId, SessionId},
};

/// An operation that was submitted to the bundler, or was about to be, and whose end is unknown.
///
/// # Examples
///
/// The operations that were pending when the page was closed:
///
/// ```no_run
/// use use_aa::{Error, SmartAccountClient, WaitOptions};
///
/// # async fn resume(client: SmartAccountClient) -> Result<(), Error> {
/// for op in client.pending_user_ops().await? {
///     let receipt = client.wait(op.hash, WaitOptions::default()).await?;
///     println!("{} of {}: {}", op.hash, op.sent_at, receipt.success);
/// }
/// # Ok(())
/// # }
/// ```
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct PendingUserOp {
    /// The operation's hash.
    pub hash: UserOpHash,
    /// The account.
    pub sender: Address,
    /// The nonce: key and sequence number.
    pub nonce: U256,
    /// The purpose of the operation.
    pub kind: UserOpKind,
    /// The time of submission, in seconds since 1970, by the clock of the device that submitted it.
    pub sent_at: u64,
    /// The calls of the operation. `None` if they were too large to record.
    pub calls: Option<Vec<Call>>,
    /// The session that signed the operation. `None` for the owner.
    pub session: Option<SessionId>,
    /// The grant that the session's first operation puts into force. `None` for every other operation.
    pub enables: Option<GrantId>,
    /// The payer of the operation's gas.
    pub payment: PendingPayment,
    /// The fees per unit of gas, in wei.
    pub fees: Fees,
    /// The operation at the same nonce that this one replaces.
    pub replaces: Option<UserOpHash>,
    /// True when the operation deploys the account.
    pub deploys: bool,
    /// The number of a block from before the submission, if one was known.
    pub(crate) since: Option<u64>,
}

impl PendingUserOp {
    /// The time for which a lost operation is kept, in seconds: one day.
    pub(crate) const DAY: u64 = 24 * 60 * 60;

    /// Returns the time since the submission, in seconds.
    pub(crate) fn age(&self) -> u64 {
        platform::now().saturating_sub(self.sent_at)
    }

    /// Returns the grant that the operation puts into force, if any.
    pub(crate) const fn grant(&self) -> Option<GrantId> {
        match self.kind {
            UserOpKind::Grant { grant, .. } => Some(grant),
            _ => self.enables,
        }
    }
}

/// The purpose of a [`PendingUserOp`].
///
/// # Examples
///
/// ```
/// use use_aa::UserOpKind;
///
/// const fn label(kind: &UserOpKind) -> &'static str {
///     match kind {
///         UserOpKind::Deploy => "Opening your account",
///         UserOpKind::Grant { .. } => "Changing your sessions",
///         UserOpKind::Cancel => "Cancelling",
///         _ => "Sending",
///     }
/// }
/// assert_eq!(label(&UserOpKind::Session), "Sending");
/// ```
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum UserOpKind {
    /// Calls signed by the owner.
    Send,
    /// The deployment of the account alone.
    Deploy,
    /// A change of the account's sessions: a grant, a renewal or a revocation.
    Grant {
        /// The grant that the operation puts into force.
        grant: GrantId,
        /// The modules that the operation enables.
        modules: Vec<Address>,
    },
    /// A call signed by a session.
    Session,
    /// Several calls signed by a session, each under its own policy.
    Batch,
    /// An operation that does nothing, at the nonce of the one it cancels.
    Cancel,
}

impl UserOpKind {
    /// Returns true if the operation ends all sessions.
    pub(crate) const fn ends_all_sessions(&self) -> bool {
        matches!(self, Self::Grant { grant, .. } if grant.is_none())
    }
}

/// The payer of a [`PendingUserOp`].
///
/// # Examples
///
/// ```
/// use use_aa::PendingPayment;
///
/// const fn costs_coins(payment: PendingPayment) -> bool {
///     matches!(payment, PendingPayment::Own | PendingPayment::SponsoredOrOwn)
/// }
/// assert!(!costs_coins(PendingPayment::Sponsored));
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum PendingPayment {
    /// The account pays in native coin.
    Own,
    /// A paymaster pays.
    Sponsored,
    /// A paymaster pays, or the account in native coin if the paymaster declines.
    SponsoredOrOwn,
    /// The account pays in a token, through a paymaster.
    Token {
        /// The token.
        token: Address,
        /// The maximum cost of the operation, in the token's smallest unit.
        most: U256,
    },
}
