use std::{
    sync::{Arc, Mutex, MutexGuard, PoisonError},
    time::Duration,
};

use alloy::primitives::{TxHash, U256};

use super::{
    PendingUserOp,
    journal::Journals,
    watch::{Seen, Watch},
};
use crate::{
    error::{Error, ErrorKind},
    primitives::{UserOpHash, UserOpReceipt},
    services::Services,
};

/// The timeout and the number of confirmations of a wait. A number alone converts into the confirmations.
///
/// # Examples
///
/// ```
/// use std::time::Duration;
/// use use_aa::WaitOptions;
///
/// assert_eq!(WaitOptions::from(3), WaitOptions::default().confirmations(3));
/// let patient = WaitOptions::from(3).timeout(Duration::from_secs(600));
/// # let _ = patient;
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct WaitOptions {
    pub(super) timeout: Duration,
    pub(super) confirmations: u64,
}

impl WaitOptions {
    /// Sets the number of confirmations: the operation's own block and the blocks on top of it. A value
    /// of 0 counts as one. The default is 1.
    #[must_use]
    pub const fn confirmations(mut self, blocks: u64) -> Self {
        self.confirmations = blocks;
        self
    }

    /// Returns the requested number of confirmations.
    #[cfg_attr(not(feature = "hooks"), allow(dead_code))]
    pub(crate) const fn depth(&self) -> u64 {
        self.confirmations
    }

    /// Sets the timeout, after which the operation may still be included. The default is 300 s.
    #[must_use]
    pub const fn timeout(mut self, timeout: Duration) -> Self {
        self.timeout = timeout;
        self
    }
}

impl Default for WaitOptions {
    fn default() -> Self {
        Self {
            timeout: Duration::from_secs(300),
            confirmations: 1,
        }
    }
}

impl From<u64> for WaitOptions {
    fn from(confirmations: u64) -> Self {
        Self::default().confirmations(confirmations)
    }
}

impl Services {
    /// Waits for the receipt of an operation with the requested number of confirmations. This needs no
    /// account and no wallet.
    ///
    /// The bundler's answer only locates the operation. The receipt is built from the entry point's own event
    /// on the node. If the bundler fails, or does not know the operation for a while, the chain's logs are
    /// searched, from 1,200 blocks before the newest one.
    ///
    /// Requests start at once and repeat at growing intervals, one at a time. A failed request is repeated.
    /// Drop the future to stop waiting.
    ///
    /// # Errors
    ///
    /// [`ErrorKind::TimedOut`], with the failure of the last request if it failed. That failure is
    /// [`Failure::NotOnChain`](crate::rpc::Failure::NotOnChain) if the bundler reports a transaction that the
    /// chain does not have.
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
        Watch::without_record(self, hash).receipt(wait, seen).await
    }

    /// Waits for the hash of the transaction that contains an operation, until the bundler reports one. The
    /// transaction may not be in a block yet, and the bundler may replace it by another. Otherwise like
    /// [`wait`](Self::wait); the number of confirmations is ignored.
    ///
    /// # Errors
    ///
    /// [`ErrorKind::TimedOut`], with the failure of the last request if it failed.
    pub async fn wait_for_tx_hash(
        &self,
        op: impl Into<UserOpHash>,
        wait: impl Into<WaitOptions>,
    ) -> Result<TxHash, Error> {
        let hash = op.into();
        Watch::without_record(self, hash)
            .transaction_hash(wait.into())
            .await
    }
}

/// The waits for an account's operations, with their records in the journal.
#[derive(Clone)]
pub(crate) struct Tracker {
    pub(crate) services: Services,
    pub(crate) journal: Journals,
    /// Operations that are being waited for, with one entry for each waiter.
    waiting: Arc<Mutex<Vec<UserOpHash>>>,
}

/// The end of a wait.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Outcome {
    /// The operation was included. Its calls may have reverted.
    Included { nonce: U256, success: bool },
    /// Another operation has used the nonce.
    Replaced { nonce: U256, by: Option<UserOpHash> },
    /// The bundler has lost the operation, and its nonce is unused.
    Dropped,
}

impl Outcome {
    /// Returns the outcome that the answer of a wait shows. A wait that failed shows none.
    pub(crate) fn of(answer: &Result<UserOpReceipt, Error>) -> Option<Self> {
        match answer.as_ref().map_err(Error::kind) {
            Ok(receipt) => Some(Self::Included {
                nonce: receipt.nonce,
                success: receipt.success,
            }),
            Err(ErrorKind::Replaced { nonce, by, .. }) => Some(Self::Replaced {
                nonce: *nonce,
                by: *by,
            }),
            Err(ErrorKind::Dropped { .. }) => Some(Self::Dropped),
            Err(_) => None,
        }
    }
}

impl Tracker {
    pub(crate) fn new(services: Services, journal: Journals) -> Self {
        Self {
            services,
            journal,
            waiting: Arc::default(),
        }
    }

    /// Returns true if an operation is being waited for through this tracker or a clone of it.
    #[cfg_attr(not(feature = "hooks"), allow(dead_code))]
    pub(crate) fn is_waited_for(&self, hash: UserOpHash) -> bool {
        self.waiting().contains(&hash)
    }

    /// Marks an operation as being waited for until the returned guard is dropped.
    pub(crate) fn mark(&self, hash: UserOpHash) -> Waiting<'_> {
        self.waiting().push(hash);
        Waiting(self, hash)
    }

    /// Waits for a receipt, and reports the observations of the operation meanwhile. The record of the operation is
    /// returned with the answer, if there is one.
    pub(crate) async fn wait(
        &self,
        hash: UserOpHash,
        wait: WaitOptions,
        seen: &Seen<'_>,
    ) -> (Result<UserOpReceipt, Error>, Option<PendingUserOp>) {
        let watch = Watch::new(&self.services, hash);
        // The first requests need no record.
        let kept = async {
            let kept = self.journal.kept(hash).await;
            watch.know(kept.clone());
            kept
        };
        futures::join!(watch.receipt(wait, seen), kept)
    }

    fn waiting(&self) -> MutexGuard<'_, Vec<UserOpHash>> {
        self.waiting.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// A guard that marks an operation as being waited for until the guard is dropped.
pub(crate) struct Waiting<'a>(&'a Tracker, UserOpHash);

impl Drop for Waiting<'_> {
    fn drop(&mut self) {
        let mut waiting = self.0.waiting();
        let place = waiting.iter().position(|hash| *hash == self.1);
        place.map(|place| waiting.swap_remove(place));
    }
}
