use std::{pin::pin, time::Duration};

use alloy::primitives::TxHash;
use futures::future::{Either, select};

use super::{
    Error, PendingUserOp, Services, SmartAccountClient,
    watch::{Seen, Watch},
};
use crate::{
    platform,
    primitives::{UserOpHash, UserOpReceipt},
};

/// The timeout and the number of confirmations of a wait. A number alone converts into the confirmations.
///
/// # Examples
///
/// ```
/// use std::time::Duration;
/// use use_aa::Wait;
///
/// assert_eq!(Wait::from(3), Wait::default().confirmations(3));
/// let patient = Wait::from(3).timeout(Duration::from_secs(600));
/// # let _ = patient;
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Wait {
    timeout: Duration,
    confirmations: u64,
}

impl Wait {
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

impl Default for Wait {
    fn default() -> Self {
        Self {
            timeout: Duration::from_secs(300),
            confirmations: 1,
        }
    }
}

impl From<u64> for Wait {
    fn from(confirmations: u64) -> Self {
        Self::default().confirmations(confirmations)
    }
}

impl Services {
    /// The pause after the first request for a receipt: 100 ms. Pauses grow by half up to
    /// [`Self::LONGEST_PAUSE`].
    const FIRST_PAUSE: Duration = Duration::from_millis(100);
    const LONGEST_PAUSE: Duration = Duration::from_secs(2);

    /// Waits for the receipt of an operation with the requested number of confirmations. This needs no
    /// account and no wallet.
    ///
    /// The bundler's answer only locates the operation. The receipt is built from the entry point's own event
    /// on the node. If the bundler fails, or does not know the operation for a while, the chain's logs are
    /// searched, from 900 blocks before the newest one.
    ///
    /// Requests start at once and repeat at growing intervals, one at a time. A failed request is repeated.
    /// Drop the future to stop waiting.
    ///
    /// # Errors
    ///
    /// [`Error::TimedOut`], with the failure of the last request if it failed. That failure is
    /// [`Failure::NotOnChain`](crate::rpc::Failure::NotOnChain) if the bundler reports a transaction that the
    /// chain does not have.
    pub async fn wait(
        &self,
        op: impl Into<UserOpHash>,
        wait: impl Into<Wait>,
    ) -> Result<UserOpReceipt, Error> {
        self.wait_telling(op.into(), wait.into(), &|_| {}).await
    }

    /// Waits for a receipt, and reports the observations of the operation meanwhile.
    pub(crate) async fn wait_telling(
        &self,
        hash: UserOpHash,
        wait: Wait,
        seen: &Seen<'_>,
    ) -> Result<UserOpReceipt, Error> {
        let watch = Watch::new(self, hash, None);
        until(hash, wait, || watch.confirmed(wait.confirmations, seen)).await
    }

    /// Waits for the hash of the transaction that contains an operation, until the bundler reports one. The
    /// transaction may not be in a block yet, and the bundler may replace it by another. Otherwise like
    /// [`wait`](Self::wait); the number of confirmations is ignored.
    ///
    /// # Errors
    ///
    /// [`Error::TimedOut`], with the failure of the last request if it failed.
    pub async fn wait_for_tx_hash(
        &self,
        op: impl Into<UserOpHash>,
        wait: impl Into<Wait>,
    ) -> Result<TxHash, Error> {
        let hash = op.into();
        let watch = Watch::new(self, hash, None);
        until(hash, wait.into(), || watch.transaction()).await
    }
}

/// Repeats a request until it returns a result, or until the timeout.
async fn until<T, Asking>(hash: UserOpHash, wait: Wait, ask: impl Fn() -> Asking) -> Result<T, Error>
where
    Asking: Future<Output = Result<Option<T>, Error>>,
{
    let start = platform::monotonic();
    let left = || {
        let waited = platform::monotonic().saturating_sub(start);
        wait.timeout.saturating_sub(waited)
    };
    let mut pause = Services::FIRST_PAUSE;
    let mut last = None;
    loop {
        let question = pin!(ask());
        let end = pin!(platform::sleep(left()));
        match select(question, end).await {
            Either::Left((Ok(Some(answer)), _)) => return Ok(answer),
            Either::Left((Ok(None), _)) => last = None,
            Either::Left((Err(Error::Service(error)), _)) => last = Some(Box::new(error)),
            Either::Left((Err(end), _)) => return Err(end),
            Either::Right(_) => {}
        }
        if left().is_zero() {
            let after = wait.timeout;
            return Err(Error::TimedOut { hash, after, last });
        }
        platform::sleep(pause.min(left())).await;
        pause = (pause * 3 / 2).min(Services::LONGEST_PAUSE);
    }
}

impl SmartAccountClient {
    /// Waits for the receipt of an operation with the requested number of confirmations (see
    /// [`Services::wait`]), and updates the chain cache and the session ledger with the outcome.
    ///
    /// The record of a [pending](Self::pending_user_ops) operation also allows detecting that it can no
    /// longer be included.
    ///
    /// # Errors
    ///
    /// [`Error::TimedOut`]; [`Error::Replaced`] when another operation has used the nonce, [`Error::Dropped`]
    /// when the bundler has lost the operation.
    pub async fn wait(
        &self,
        op: impl Into<UserOpHash>,
        wait: impl Into<Wait>,
    ) -> Result<UserOpReceipt, Error> {
        self.wait_telling(op.into(), wait.into(), &|_| {}).await
    }

    /// Waits for a receipt, and reports the observations of the operation meanwhile.
    pub(crate) async fn wait_telling(
        &self,
        hash: UserOpHash,
        wait: Wait,
        seen: &Seen<'_>,
    ) -> Result<UserOpReceipt, Error> {
        let _waiting = self.facts.waiting(hash);
        let kept = self.kept(hash).await;
        let watch = Watch::new(&self.services, hash, kept.clone());
        let answer = until(hash, wait, || watch.confirmed(wait.confirmations, seen)).await;
        match &answer {
            Ok(receipt) => {
                let granted = self.facts.lock().included(hash, receipt.success);
                let root = granted.map(|granted| granted.root);
                match root.or(kept.as_ref().and_then(PendingUserOp::root)) {
                    Some(root) if receipt.success => self.note_included(root).await,
                    Some(root) => self.note_failed(receipt.nonce, root).await,
                    None => {}
                }
                if kept.is_some() {
                    self.note_used(receipt.nonce).await;
                }
            }
            Err(Error::Replaced { nonce, by, .. }) => {
                self.facts.lock().gone(hash);
                self.note_used(*nonce).await;
                if let Some(root) = kept.as_ref().and_then(PendingUserOp::root) {
                    self.note_replaced(*nonce, root, *by).await;
                }
            }
            Err(Error::Dropped { .. }) => {
                self.facts.lock().gone(hash);
                if let Some(op) = &kept {
                    self.note_dropped(op).await;
                }
            }
            Err(_) => {}
        }
        answer
    }
}
