use super::{Error, Options, SmartAccountClient, UserOpKind, UserOpResponse, journal::Intent};
use crate::primitives::UserOpHash;

/// A pending operation whose nonce is to be used up by one that does nothing, so that it can never be included.
///
/// # Examples
///
/// ```no_run
/// use use_aa::{Cancel, Error, Payment, SmartAccountClient, UserOpResponse};
///
/// # async fn stop(client: SmartAccountClient, sent: UserOpResponse) -> Result<(), Error> {
/// let nothing = client.cancel(Cancel::new(&sent).pay(Payment::Sponsored)).await?;
/// nothing.wait(1).await?;
/// assert!(matches!(sent.wait(1).await, Err(Error::Replaced { .. })));
/// # Ok(())
/// # }
/// ```
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Cancel {
    op: UserOpHash,
    pub(super) options: Options,
}

impl Cancel {
    /// Has an operation never happen.
    pub fn new(op: impl Into<UserOpHash>) -> Self {
        Self {
            op: op.into(),
            options: Options::new(),
        }
    }
}

impl SmartAccountClient {
    /// Sends an operation that does nothing in the nonce of a pending one, with fees that are higher by a tenth. The
    /// owner signs it, whoever signed the other. Which of the two is included the chain decides: wait for both.
    ///
    /// # Errors
    ///
    /// [`Error::NotPending`] when nothing is kept of it; [`Error::NonceTaken`] when it was included meanwhile;
    /// otherwise [`Error`] when the owner does not sign, a service fails, or the operation is refused.
    pub async fn cancel(&self, request: Cancel) -> Result<UserOpResponse, Error> {
        self.signer()?;
        let Cancel { op, options } = request;
        let pending = self.pending(op).await.ok_or(Error::NotPending(op))?;
        let intent = Intent {
            kind: UserOpKind::Cancel,
            calls: &[],
            session: None,
            options: &pending.replaced_with(options),
        };
        self.send_as_owner(pending.nonce, intent).await
    }
}
