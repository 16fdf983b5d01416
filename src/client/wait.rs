use std::{pin::pin, time::Duration};

use futures::future::{Either, select};

use super::{Error, Services, SmartAccountClient};
use crate::{
    platform,
    primitives::{UserOpHash, UserOpReceipt},
};

/// How long to wait for an operation.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Wait {
    timeout: Duration,
}

impl Wait {
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
        }
    }
}

impl Services {
    /// The pause after the first question for a receipt. Pauses grow from there to [`Self::LONGEST_PAUSE`].
    const FIRST_PAUSE: Duration = Duration::from_millis(100);
    const LONGEST_PAUSE: Duration = Duration::from_secs(2);

    /// The receipt of an operation, once it is included. Needs no account and no wallet.
    ///
    /// Asks at once, then in growing intervals, one question at a time. A question that fails is asked again.
    /// Whoever no longer wants to know drops the future.
    ///
    /// # Errors
    ///
    /// [`Error::TimedOut`] with the last failure, if the last question failed.
    pub async fn wait(&self, hash: UserOpHash, wait: Wait) -> Result<UserOpReceipt, Error> {
        let start = platform::monotonic();
        let left = || {
            let waited = platform::monotonic().saturating_sub(start);
            wait.timeout.saturating_sub(waited)
        };
        let mut pause = Self::FIRST_PAUSE;
        let mut last = None;
        loop {
            let question = pin!(self.bundler.receipt(hash));
            let end = pin!(platform::sleep(left()));
            match select(question, end).await {
                Either::Left((Ok(Some(receipt)), _)) => return Ok(receipt),
                Either::Left((Ok(None), _)) => last = None,
                Either::Left((Err(error), _)) => last = Some(Box::new(error)),
                Either::Right(_) => {}
            }
            if left().is_zero() {
                let after = wait.timeout;
                return Err(Error::TimedOut { hash, after, last });
            }
            platform::sleep(pause.min(left())).await;
            pause = (pause * 3 / 2).min(Self::LONGEST_PAUSE);
        }
    }
}

impl SmartAccountClient {
    /// The receipt of an operation, once it is included; see [`Services::wait`]. What it means for the account is
    /// known from then on.
    ///
    /// # Errors
    ///
    /// [`Error::TimedOut`].
    pub async fn wait(&self, hash: UserOpHash, wait: Wait) -> Result<UserOpReceipt, Error> {
        let receipt = self.services.wait(hash, wait).await?;
        let mut known = self.facts.lock();
        if known.deploying == Some(hash) {
            known.deploying = None;
        }
        if let Some((_, root)) = known.granting.filter(|(granting, _)| *granting == hash) {
            known.granting = None;
            // The bundler's word is a guess that is checked when it is used.
            if receipt.success {
                known.root = Some(root);
            }
        }
        Ok(receipt)
    }
}
