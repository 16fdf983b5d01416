use std::{pin::pin, time::Duration};

use futures::{
    future::{Either, pending, select},
    lock::MutexGuard,
};

use super::{Pipeline, SubmittedGrant};
use crate::{
    error::{Error, ErrorKind},
    platform,
    primitives::{UserOpHash, checksum},
    store::StoreLock,
    tracking::{PendingUserOp, UserOpKind, WaitOptions},
};

/// The lock of an operation that conflicts with others of the same account.
#[allow(dead_code, reason = "held until it is dropped")]
pub(crate) struct AccountLock<'a>(MutexGuard<'a, ()>, Option<StoreLock>);

/// Operations that conflict with others of the same account.
impl Pipeline {
    /// The maximum time that an operation waits for an earlier one of the same account: 30 s.
    pub(crate) const LOCK_TIMEOUT: Duration = Duration::from_secs(30);

    /// Acquires the lock of conflicting operations, which is shared by the clones of this client and by
    /// everything that uses the same store. Returns `None` after 30 s: a wallet may never answer, and the
    /// chain includes only one of two conflicting operations.
    pub(crate) async fn lock_account(&self) -> Option<AccountLock<'_>> {
        let lock = async {
            let here = self.locks.lock().await;
            let name = format!(
                "use-aa:turn:{}:{}",
                self.services.chain_id(),
                checksum(&self.address())
            );
            // A store without locks reports its failure when it is written.
            let everywhere = self.store.lock(&name).await.ok();
            AccountLock(here, everywhere)
        };
        platform::within(Self::LOCK_TIMEOUT, Box::pin(lock)).await
    }

    /// Waits for the pending operation that deploys the account. Only one of two such operations can be
    /// included, and a bundler may drop the earlier one for the later. `is_replaced` returns true if the next
    /// operation reuses the pending operation's nonce.
    ///
    /// # Errors
    ///
    /// [`ErrorKind::Deploying`] when the pending operation is neither included in time nor lost.
    pub(crate) async fn wait_for_deployment(
        &self,
        is_replaced: impl Fn(&PendingUserOp) -> bool,
    ) -> Result<(), Error> {
        // A deployed account stays deployed.
        if !self.cache.lock().deployed {
            self.load_pending().await;
        }
        self.wait_for_loaded_deployment(is_replaced).await
    }

    /// Waits for the pending operation that deploys the account, as [`wait_for_deployment`](Self::wait_for_deployment)
    /// does, once the pending operations are [loaded](Self::load_pending).
    pub(crate) async fn wait_for_loaded_deployment(
        &self,
        is_replaced: impl Fn(&PendingUserOp) -> bool,
    ) -> Result<(), Error> {
        let deploying = self.cache.lock().deploying.clone();
        for hash in &deploying {
            if self
                .tracker
                .journal
                .kept(*hash)
                .await
                .as_ref()
                .is_some_and(&is_replaced)
            {
                return Ok(());
            }
        }
        let is_deployed = async || self.deployed().await.unwrap_or_default();
        for hash in deploying {
            let is_in_the_way =
                !is_deployed().await && self.wait_for_end(hash).await && !self.is_lost(hash).await;
            if is_in_the_way && !is_deployed().await {
                return Err(Error::from(ErrorKind::Deploying { hash }));
            }
            self.cache.lock().deploying.retain(|newer| *newer != hash);
        }
        Ok(())
    }

    /// Waits up to 30 s for a conflicting operation, unless that was done before. Stops early if the bundler
    /// does not know the operation. Returns true if the operation may still be included.
    pub(crate) async fn wait_for_end(&self, hash: UserOpHash) -> bool {
        if self.cache.lock().awaited.contains(&hash) {
            return true;
        }
        let end = self.wait(hash, WaitOptions::default().timeout(Self::LOCK_TIMEOUT), &|_| {});
        let loss = pin!(self.loss(hash));
        let ended = select(end, loss).await;
        self.cache.lock().awaited.push(hash);
        let is_late = |error: &Error| matches!(error.kind(), ErrorKind::TimedOut { .. });
        matches!(ended, Either::Left((Err(error), _)) if is_late(&error))
    }

    /// Returns true if the bundler reports that it does not know an operation.
    async fn is_lost(&self, hash: UserOpHash) -> bool {
        let bundler = &self.services.bundler;
        bundler.reports_pending() && bundler.knows(hash).await == Ok(false)
    }

    /// Completes once the bundler has reported twice in a row that it does not know an operation. Otherwise
    /// the future stays pending.
    async fn loss(&self, hash: UserOpHash) {
        const PAUSE: Duration = Duration::from_millis(400);
        const CERTAIN: u32 = 2;

        // A bundler that only follows the standard need not report a pending operation.
        if !self.services.bundler.reports_pending() {
            return pending().await;
        }
        let mut unknown = 0;
        while unknown < CERTAIN {
            platform::sleep(PAUSE).await;
            unknown = match self.services.bundler.knows(hash).await {
                Ok(false) => unknown + 1,
                _ => 0,
            };
        }
    }

    /// Loads the pending operations from the store. Another tab, or this page before a reload, may have sent
    /// them.
    pub(crate) async fn load_pending(&self) {
        let Ok(ops) = self.tracker.journal.pending_user_ops().await else {
            return;
        };
        let mut known = self.cache.lock();
        for op in ops {
            if op.deploys {
                known.record_deploying(op.hash);
            }
            if known.awaited.contains(&op.hash) {
                continue;
            }
            if let Some(grant) = op.grant() {
                let before = known.sessions.clone().unwrap_or_default();
                known.granting = Some(SubmittedGrant {
                    hash: op.hash,
                    grant,
                    after: self.account.sessions().after(&before, grant),
                    by_session: op.session.is_some(),
                    modules: match op.kind {
                        UserOpKind::Grant { modules, .. } => modules,
                        _ => Vec::new(),
                    },
                });
            }
        }
    }
}
