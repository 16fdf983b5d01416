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

/// How long to wait for an operation, and how deep it is to lie in the chain. A number alone is the depth.
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
    /// The number of blocks that hold the operation or lie on top of it: 1 is its own block. 0 is taken for 1. The
    /// default is 1.
    #[must_use]
    pub const fn confirmations(mut self, blocks: u64) -> Self {
        self.confirmations = blocks;
        self
    }

    /// The depth that is wanted.
    #[cfg_attr(not(feature = "hooks"), allow(dead_code))]
    pub(crate) const fn depth(&self) -> u64 {
        self.confirmations
    }

    /// Gives up after a time; the operation may still be included later. The default is five minutes.
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
    /// The pause after the first question for a receipt. Pauses grow from there to [`Self::LONGEST_PAUSE`].
    const FIRST_PAUSE: Duration = Duration::from_millis(100);
    const LONGEST_PAUSE: Duration = Duration::from_secs(2);

    /// The receipt of an operation, once it lies as deep in the chain as is wanted. Needs no account and no wallet.
    ///
    /// The bundler says where the operation is, but only the chain's word counts: the receipt is made of the entry
    /// point's own event, which the node has. When the bundler is silent or knows nothing for a while, the chain is
    /// searched: the blocks since this began, and some hundred before.
    ///
    /// Asks at once, then in growing intervals, one question at a time. A question that fails is asked again.
    /// Whoever no longer wants to know drops the future.
    ///
    /// # Errors
    ///
    /// [`Error::TimedOut`] with the last failure, if the last question failed. It is
    /// [`Failure::NotOnChain`](crate::rpc::Failure::NotOnChain) where the bundler tells of what the chain does not
    /// have.
    pub async fn wait(
        &self,
        op: impl Into<UserOpHash>,
        wait: impl Into<Wait>,
    ) -> Result<UserOpReceipt, Error> {
        self.wait_telling(op.into(), wait.into(), &|_| {}).await
    }

    /// Waits, and tells what it sees of the operation meanwhile.
    pub(crate) async fn wait_telling(
        &self,
        hash: UserOpHash,
        wait: Wait,
        seen: &Seen<'_>,
    ) -> Result<UserOpReceipt, Error> {
        let watch = Watch::new(self, hash, None);
        until(hash, wait, || watch.confirmed(wait.confirmations, seen)).await
    }

    /// The hash of the transaction that carries an operation, as soon as the bundler has sent one: it need not be
    /// in a block yet, and the bundler may send another in its place. Otherwise as [`wait`](Self::wait), of which
    /// the number of confirmations does not matter here.
    ///
    /// # Errors
    ///
    /// [`Error::TimedOut`] with the last failure, if the last question failed.
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

/// Asks again and again until there is an answer.
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
    /// The receipt of an operation, once it lies as deep in the chain as is wanted; see [`Services::wait`]. What it
    /// means for the account is known from then on.
    ///
    /// What is kept of a [pending](Self::pending_user_ops) operation tells also when it can no longer be included.
    ///
    /// # Errors
    ///
    /// [`Error::TimedOut`]; [`Error::Replaced`] when another operation has used its nonce, [`Error::Dropped`] when the
    /// bundler has lost it.
    pub async fn wait(
        &self,
        op: impl Into<UserOpHash>,
        wait: impl Into<Wait>,
    ) -> Result<UserOpReceipt, Error> {
        self.wait_telling(op.into(), wait.into(), &|_| {}).await
    }

    /// Waits, and tells what it sees of the operation meanwhile.
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
