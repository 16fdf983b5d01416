use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use alloy::primitives::U256;

use super::{Pipeline, Remedies, UserOpOptions};
use crate::{
    error::{Error, ErrorKind},
    platform,
    primitives::UserOpHash,
    tracking::{PendingUserOp, UserOpStatus},
};

/// The operations of a request that were refused.
///
/// A refusal need not be the truth: of a request that is delivered twice, the second answer may refuse what the first
/// delivery has done, and the chain includes the operation later.
#[derive(Clone, Debug)]
pub(crate) struct Attempts(Option<Arc<Mutex<Vec<PendingUserOp>>>>);

impl Attempts {
    /// The attempts of options that belong to no request yet.
    pub(crate) const NONE: Self = Self(None);

    /// Creates the attempts of a request that has made none.
    pub(crate) fn begin() -> Self {
        Self(Some(Arc::default()))
    }

    /// Records a refused attempt.
    pub(crate) fn record(&self, op: PendingUserOp) {
        if let Some(mut refused) = self.refused() {
            refused.push(op);
        }
    }

    fn refused(&self) -> Option<MutexGuard<'_, Vec<PendingUserOp>>> {
        let refused = self.0.as_ref()?;
        Some(refused.lock().unwrap_or_else(PoisonError::into_inner))
    }
}

/// The attempts are part of a request, and no option.
impl PartialEq for Attempts {
    fn eq(&self, _: &Self) -> bool {
        true
    }
}

impl Eq for Attempts {}

impl Pipeline {
    /// Returns the hash of an earlier attempt that the chain has included, although it was refused. All attempts of a request
    /// have one nonce, unless it was used.
    pub(crate) async fn included_attempt(&self, options: &UserOpOptions) -> Option<UserOpHash> {
        let refused = options.attempts.refused()?.clone();
        let PendingUserOp {
            sender, nonce, since, ..
        } = *refused.first()?;
        let search = Box::pin(self.services.operation_at(sender, nonce, since));
        let included = platform::within(Self::LOOKUP_TIMEOUT, search).await??;
        let attempt = refused.into_iter().find(|op| op.hash == included)?;
        // Without its record a reload loses sight of it, and no more than that.
        let _ = self.tracker.journal.record_sending(attempt).await;
        self.stages.report(UserOpStatus::Pending(included));
        Some(included)
    }

    /// Judges the error of a request's last attempt: success if the chain has included an earlier one.
    pub(crate) async fn judged_last(
        &self,
        error: Error,
        options: &UserOpOptions,
        applied: &Remedies,
    ) -> Result<UserOpHash, Error> {
        let is_of_user = matches!(error.kind(), ErrorKind::Owner(_));
        match applied.is_first() || is_of_user {
            true => Err(error),
            false => self.included_attempt(options).await.ok_or(error),
        }
    }

    /// Returns the hash of an earlier attempt that the chain has included, if another attempt would have another nonce than
    /// that one.
    pub(crate) async fn included_before(&self, nonce: U256, options: &UserOpOptions) -> Option<UserOpHash> {
        let is_same = options.attempts.refused()?.first()?.nonce == nonce;
        match is_same {
            true => None,
            false => self.included_attempt(options).await,
        }
    }
}
