use super::{SmartAccountClient, UserOpResponse};
use crate::{
    error::{Error, ErrorKind},
    pipeline::{Intent, UserOpOptions},
    primitives::UserOpHash,
    tracking::UserOpKind,
};

/// A request to cancel a pending operation by reusing its nonce for an operation that does nothing.
///
/// # Examples
///
/// ```no_run
/// use use_aa::{Cancel, Error, ErrorKind, Payment, Request, SmartAccountClient, UserOpResponse};
///
/// # async fn stop(client: SmartAccountClient, sent: UserOpResponse) -> Result<(), Error> {
/// let nothing = client.cancel(Cancel::new(&sent).pay(Payment::Sponsored)).await?;
/// nothing.wait(1).await?;
/// let ended = sent.wait(1).await;
/// assert!(matches!(ended.as_ref().map_err(Error::kind), Err(ErrorKind::Replaced { .. })));
/// # Ok(())
/// # }
/// ```
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Cancel {
    op: UserOpHash,
    pub(super) options: UserOpOptions,
}

impl Cancel {
    /// Cancels a pending operation.
    pub fn new(op: impl Into<UserOpHash>) -> Self {
        Self {
            op: op.into(),
            options: UserOpOptions::new(),
        }
    }
}

impl SmartAccountClient {
    /// Sends an operation that does nothing at the nonce of a pending one, with fees that are 10 % higher.
    /// The owner signs the new operation, even if a session signed the pending one.
    ///
    /// The chain includes one of the two operations: wait for both.
    ///
    /// # Errors
    ///
    /// [`ErrorKind::NotPending`] when the operation is not recorded as pending;
    /// [`ErrorKind::NonceTaken`] when the operation was included in the
    /// meantime; [`ErrorKind::NotCancellable`] when a session signed the operation, and the account kind lets the owner
    /// not sign at its nonce; otherwise [`Error`] when the owner does not sign, a service fails, or the operation is
    /// refused.
    pub async fn cancel(&self, request: Cancel) -> Result<UserOpResponse, Error> {
        self.signer()?;
        let Cancel { op, options } = request;
        let pending = self.pipeline.tracker.journal.pending(op).await?;
        if !self.pipeline.account.owner_signs_at(pending.nonce) {
            return Err(Error::from(ErrorKind::NotCancellable(op)));
        }
        let intent = Intent {
            kind: UserOpKind::Cancel,
            calls: &[],
            session: None,
            enables: None,
            options: &options.replacing(&pending),
        };
        let hash = self.pipeline.send_as_owner(pending.nonce, intent).await?;
        Ok(self.response(hash))
    }
}
