use alloy::primitives::U256;

use super::Pipeline;
use crate::{
    error::Error,
    platform::BoxFuture,
    primitives::{UserOpHash, UserOpReceipt},
    session::{GrantId, SessionEvent, SessionState},
    tracking::{Outcome, PendingUserOp, Seen, WaitOptions},
};

/// The waits for the account's operations. Each outcome is recorded in the chain cache, the journal and the ledger.
impl Pipeline {
    /// Waits for a receipt, reports the observations of the operation meanwhile, and records the outcome.
    pub(crate) fn wait<'a>(
        &'a self,
        hash: UserOpHash,
        wait: WaitOptions,
        seen: &'a Seen<'_>,
    ) -> BoxFuture<'a, Result<UserOpReceipt, Error>> {
        Box::pin(async move {
            // Until the outcome is recorded: a second wait would record it again, over what has happened since.
            let _waiting = self.tracker.mark(hash);
            let (answer, op) = self.tracker.wait(hash, wait, seen).await;
            if let Some(outcome) = Outcome::of(&answer) {
                self.record_outcome(hash, op.as_ref(), outcome).await;
            }
            answer
        })
    }

    /// Records the outcome of an operation. `op` is its record, if there is one.
    async fn record_outcome(&self, hash: UserOpHash, op: Option<&PendingUserOp>, outcome: Outcome) {
        let recorded = op.and_then(PendingUserOp::grant);
        let journal = &self.tracker.journal;
        match outcome {
            Outcome::Included { nonce, success } => {
                let submitted = {
                    let mut known = self.cache.lock();
                    known.lanes.free(nonce);
                    known.included(hash, success)
                };
                // A session's operation puts its grant into force even if its calls revert.
                let is_in_force = success || op.is_some_and(|op| op.session.is_some());
                let in_ledger = async {
                    match submitted.map(|submitted| submitted.grant).or(recorded) {
                        Some(grant) if is_in_force => self.record_event(SessionEvent::Included(grant)).await,
                        Some(grant) => self.record_failed(nonce, grant).await,
                        None => {}
                    }
                };
                let in_journal = async {
                    if op.is_some() {
                        journal.record_used(nonce).await;
                    }
                };
                futures::join!(in_ledger, in_journal);
            }
            Outcome::Replaced { nonce, by } => {
                self.cache.lock().gone(hash);
                journal.record_used(nonce).await;
                if let Some(grant) = recorded {
                    self.record_replaced(nonce, grant, by).await;
                }
            }
            Outcome::Dropped => {
                self.cache.lock().gone(hash);
                if let Some(op) = op {
                    journal.record_dropped(op).await;
                }
            }
        }
    }

    /// Records that a grant failed, unless a pending operation at another nonce makes the same grant. Operations
    /// at the same nonce can no longer make it.
    async fn record_failed(&self, nonce: U256, grant: GrantId) {
        let pending = self.tracker.journal.pending_user_ops().await.unwrap_or_default();
        let is_another = |op: &PendingUserOp| op.nonce != nonce && op.grant() == Some(grant);
        if !pending.iter().any(is_another) {
            self.record_event(SessionEvent::Failed(grant)).await;
        }
    }

    /// Records that a grant was replaced, unless it is in force or the replacing operation makes it too.
    async fn record_replaced(&self, nonce: U256, grant: GrantId, by: Option<UserOpHash>) {
        if let Some(by) = by
            && let Some(by) = self.tracker.journal.kept(by).await
            && by.grant() == Some(grant)
        {
            return;
        }
        let is_without =
            |now: SessionState| self.account.sessions().after(&now, grant).as_ref() != Some(&now);
        if self.sessions_on_chain().await.is_ok_and(is_without) {
            self.record_failed(nonce, grant).await;
        }
    }
}

#[cfg(test)]
mod tests;
