use std::fmt;

use alloy::primitives::TxHash;

use super::SmartAccountClient;
use crate::{
    error::Error,
    primitives::{UserOpHash, UserOpReceipt},
    tracking::WaitOptions,
};

/// A submitted operation, and the handle to wait for its end.
///
/// Dropping a future of this type stops the waiting, and the operation goes on. Keep the [hash](Self::hash)
/// to continue later with [`SmartAccountClient::response`].
///
/// # Examples
///
/// ```no_run
/// use std::time::Duration;
/// use use_aa::{Error, SendTransaction, SmartAccountClient, WaitOptions};
///
/// # async fn send(client: SmartAccountClient, request: SendTransaction) -> Result<(), Error> {
/// let sent = client.send(request).await?;
/// println!("the transaction is {}", sent.wait_for_tx_hash(WaitOptions::default()).await?);
/// let receipt = sent.wait(WaitOptions::from(3).timeout(Duration::from_secs(60))).await?;
/// assert!(receipt.success);
/// # Ok(())
/// # }
/// ```
#[derive(Clone)]
pub struct UserOpResponse {
    hash: UserOpHash,
    client: SmartAccountClient,
}

impl UserOpResponse {
    /// Returns the operation's hash.
    #[must_use]
    pub const fn hash(&self) -> UserOpHash {
        self.hash
    }

    /// Waits for the receipt until the operation has the requested number of confirmations: `wait(1)`
    /// requires the operation's own block, `wait(3)` two more blocks on top. See
    /// [`Services::wait`](super::Services::wait).
    ///
    /// # Errors
    ///
    /// As [`SmartAccountClient::wait`].
    pub async fn wait(&self, wait: impl Into<WaitOptions>) -> Result<UserOpReceipt, Error> {
        self.client.wait(self.hash, wait).await
    }

    /// Waits for the hash of the transaction that contains the operation. See
    /// [`Services::wait_for_tx_hash`](super::Services::wait_for_tx_hash).
    ///
    /// # Errors
    ///
    /// [`ErrorKind::TimedOut`](crate::ErrorKind::TimedOut).
    pub async fn wait_for_tx_hash(&self, wait: impl Into<WaitOptions>) -> Result<TxHash, Error> {
        self.client.services().wait_for_tx_hash(self.hash, wait).await
    }
}

impl SmartAccountClient {
    /// Returns the response of an operation that was sent earlier, even by another program.
    #[must_use]
    pub fn response(&self, hash: UserOpHash) -> UserOpResponse {
        let client = self.clone();
        UserOpResponse { hash, client }
    }
}

impl From<UserOpResponse> for UserOpHash {
    fn from(response: UserOpResponse) -> Self {
        response.hash
    }
}

impl From<&UserOpResponse> for UserOpHash {
    fn from(response: &UserOpResponse) -> Self {
        response.hash
    }
}

impl fmt::Debug for UserOpResponse {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("UserOpResponse").field(&self.hash).finish()
    }
}

impl fmt::Display for UserOpResponse {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.hash.fmt(f)
    }
}
