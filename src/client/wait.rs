use std::time::Duration;

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
        let mut pause = Self::FIRST_PAUSE;
        loop {
            let last = match self.bundler.receipt(hash).await {
                Ok(Some(receipt)) => return Ok(receipt),
                Ok(None) => None,
                Err(error) => Some(Box::new(error)),
            };
            let left = wait
                .timeout
                .saturating_sub(platform::monotonic().saturating_sub(start));
            if left.is_zero() {
                return Err(Error::TimedOut {
                    hash,
                    after: wait.timeout,
                    last,
                });
            }
            platform::sleep(pause.min(left)).await;
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
            known.deployed = true;
        }
        if let Some((_, root)) = known.granting.filter(|(granting, _)| *granting == hash) {
            known.granting = None;
            if receipt.success {
                known.manager_enabled = true;
                known.root = Some(root);
            }
        }
        Ok(receipt)
    }
}
