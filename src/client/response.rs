use std::fmt;

use alloy::primitives::TxHash;

use super::{Error, SmartAccountClient, Wait};
use crate::primitives::{UserOpHash, UserOpReceipt};

/// An operation that the bundler has taken, and the way to learn what becomes of it.
///
/// Dropping a future of it gives the waiting up; the operation goes on. Whoever keeps the [hash](Self::hash) can go
/// on at any time later, through [`SmartAccountClient::response`].
///
/// # Examples
///
/// ```no_run
/// use std::time::Duration;
/// use use_aa::{Error, SendTransaction, SmartAccountClient, Wait};
///
/// # async fn send(client: SmartAccountClient, request: SendTransaction) -> Result<(), Error> {
/// let sent = client.send(request).await?;
/// println!("the transaction is {}", sent.wait_for_tx_hash(Wait::default()).await?);
/// let receipt = sent.wait(Wait::from(3).timeout(Duration::from_secs(60))).await?;
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
    /// The operation's hash.
    #[must_use]
    pub const fn hash(&self) -> UserOpHash {
        self.hash
    }

    /// The receipt, once the operation lies as deep in the chain as is wanted: `wait(1)` asks for its own block,
    /// `wait(3)` for two more on top of it. See [`Services::wait`](super::Services::wait).
    ///
    /// # Errors
    ///
    /// As [`SmartAccountClient::wait`].
    pub async fn wait(&self, wait: impl Into<Wait>) -> Result<UserOpReceipt, Error> {
        self.client.wait(self.hash, wait).await
    }

    /// The hash of the transaction that carries the operation, as soon as there is one: see
    /// [`Services::wait_for_tx_hash`](super::Services::wait_for_tx_hash).
    ///
    /// # Errors
    ///
    /// [`Error::TimedOut`].
    pub async fn wait_for_tx_hash(&self, wait: impl Into<Wait>) -> Result<TxHash, Error> {
        self.client.services.wait_for_tx_hash(self.hash, wait).await
    }
}

impl SmartAccountClient {
    /// What an operation answers that was sent before, perhaps by another program.
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
