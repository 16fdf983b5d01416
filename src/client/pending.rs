use alloy::primitives::{Address, B256, U256};

use super::Payment;
use crate::{
    platform,
    primitives::{Call, Fees, UserOpHash},
    session::SessionId,
};

/// An operation that was handed to the bundler, or was about to be, and whose end is not known yet.
///
/// # Examples
///
/// What was under way when the page was closed:
///
/// ```no_run
/// use use_aa::{Error, SmartAccountClient, Wait};
///
/// # async fn resume(client: SmartAccountClient) -> Result<(), Error> {
/// for op in client.pending_user_ops().await? {
///     let receipt = client.wait(op.hash, Wait::default()).await?;
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
    /// Its nonce: key and sequence number.
    pub nonce: U256,
    /// What it is for.
    pub kind: UserOpKind,
    /// When it was handed to the bundler, in seconds since 1970 by the clock of whoever did.
    pub sent_at: u64,
    /// The calls that were asked for. `None` where they are too many bytes to be kept.
    pub calls: Option<Vec<Call>>,
    /// The session that signed it. `None` for the owner.
    pub session: Option<SessionId>,
    /// Who pays for it.
    pub payment: PendingPayment,
    /// What it offers for each unit of gas, in wei.
    pub fees: Fees,
    /// The operation in the same nonce whose place it takes.
    pub replaces: Option<UserOpHash>,
    /// Whether it deploys the account.
    pub deploys: bool,
    /// A block that was there before it was sent, if one was known.
    pub(super) since: Option<u64>,
}

impl PendingUserOp {
    /// How long one is kept that may be lost, in seconds.
    pub(super) const DAY: u64 = 24 * 60 * 60;

    /// How long ago it was handed to the bundler, in seconds.
    pub(super) fn age(&self) -> u64 {
        platform::now().saturating_sub(self.sent_at)
    }

    /// The root of the sessions that the chain holds once it is included, if it changes them.
    pub(super) const fn root(&self) -> Option<B256> {
        match self.kind {
            UserOpKind::Grant { root, .. } => Some(root),
            _ => None,
        }
    }
}

/// What a [`PendingUserOp`] is for.
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
    /// Calls that the owner signed.
    Send,
    /// The deployment of the account, and nothing else.
    Deploy,
    /// Another tree of sessions: some were granted, or revoked.
    Grant {
        /// The root that the chain holds once it is included.
        root: B256,
        /// The modules that it enables.
        modules: Vec<Address>,
    },
    /// A call that a session signed.
    Session,
    /// Calls that a session signed, each under a policy of its own.
    Batch,
    /// Nothing, in the nonce of another operation.
    Cancel,
}

impl UserOpKind {
    /// Whether no session is left once it is included.
    pub(super) const fn ends_all_sessions(&self) -> bool {
        matches!(self, Self::Grant { root, .. } if root.const_is_zero())
    }
}

/// Who pays for a [`PendingUserOp`].
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
    /// The account, with native coin.
    Own,
    /// A paymaster.
    Sponsored,
    /// A paymaster, else the account.
    SponsoredOrOwn,
    /// The account, in a token, through a paymaster.
    Token {
        /// The token.
        token: Address,
        /// The most that the operation may cost, in the token's smallest unit.
        most: U256,
    },
}

impl From<Payment> for PendingPayment {
    fn from(payment: Payment) -> Self {
        match payment {
            Payment::Own => Self::Own,
            Payment::Sponsored => Self::Sponsored,
            Payment::SponsoredOrOwn => Self::SponsoredOrOwn,
            Payment::Token(payment) => {
                let (token, most) = payment.limit();
                Self::Token { token, most }
            }
        }
    }
}
