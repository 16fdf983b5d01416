use super::SmartAccountClient;
use crate::{
    error::Error,
    primitives::{UserOpHash, UserOpReceipt},
    tracking::{PendingUserOp, Seen, WaitOptions},
};

impl SmartAccountClient {
    /// Waits for the receipt of an operation with the requested number of confirmations (see
    /// [`Services::wait`](crate::Services::wait)), and updates the chain cache and the session ledger with the outcome.
    ///
    /// The record of a [pending](Self::pending_user_ops) operation also allows detecting that it can no
    /// longer be included.
    ///
    /// # Errors
    ///
    /// [`ErrorKind::TimedOut`](crate::ErrorKind::TimedOut);
    /// [`ErrorKind::Replaced`](crate::ErrorKind::Replaced) when another operation has used the nonce,
    /// [`ErrorKind::Dropped`](crate::ErrorKind::Dropped) when the bundler has lost the operation.
    pub async fn wait(
        &self,
        op: impl Into<UserOpHash>,
        wait: impl Into<WaitOptions>,
    ) -> Result<UserOpReceipt, Error> {
        self.wait_telling(op.into(), wait.into(), &|_| {}).await
    }

    /// Waits for a receipt, and reports the observations of the operation meanwhile.
    pub(crate) async fn wait_telling(
        &self,
        hash: UserOpHash,
        wait: WaitOptions,
        seen: &Seen<'_>,
    ) -> Result<UserOpReceipt, Error> {
        self.pipeline.wait(hash, wait, seen).await
    }

    /// Returns true if an operation is being waited for through this client or a clone of it.
    #[cfg_attr(not(feature = "hooks"), allow(dead_code))]
    pub(crate) fn is_waited_for(&self, hash: UserOpHash) -> bool {
        self.pipeline.tracker.is_waited_for(hash)
    }

    /// Returns the account's pending operations, oldest first. The list includes those of another tab or
    /// program that uses the same store, and those of a page that was closed.
    ///
    /// Waiting for such an operation continues the earlier wait. The operation leaves the list once its nonce
    /// is used. An operation that the bundler has [lost](crate::ErrorKind::Dropped) stays for a day, so that it
    /// can be sent again at its nonce with [`speed_up`](Self::speed_up) or [`cancel`](Self::cancel). The newest
    /// 64 operations are kept. This reads the store alone.
    ///
    /// # Errors
    ///
    /// [`ErrorKind::Store`](crate::ErrorKind::Store) when the store cannot be read.
    pub async fn pending_user_ops(&self) -> Result<Vec<PendingUserOp>, Error> {
        self.pipeline.tracker.journal.pending_user_ops().await
    }
}
