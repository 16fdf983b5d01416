use std::time::Duration;

use alloy::primitives::U256;

use super::SmartAccountClient;
use crate::{
    account::{OperationSigner, SessionRequirement},
    error::{Error, ErrorKind},
    pipeline::{Authorization, Intent, NonceLane, Payment, Pipeline, UserOpOptions},
    platform,
    primitives::Call,
    tracking::{PendingUserOp, UserOpKind},
};

impl SmartAccountClient {
    /// Returns the requirements of sessions that the deployed account does not meet, in one round trip.
    pub(super) async fn unmet_requirements(&self) -> Result<Vec<SessionRequirement>, Error> {
        let requirements = self.pipeline.account.session_requirements();
        let node = &self.pipeline.services.node;
        let asked = requirements.iter().map(|asked| node.read(asked.is_met.clone()));
        let answers = platform::join_all(asked).await;
        let mut unmet = Vec::new();
        for (requirement, is_met) in requirements.into_iter().zip(answers) {
            if !is_met? {
                unmet.push(requirement);
            }
        }
        Ok(unmet)
    }

    /// Lets the owner meet the requirements of sessions, if an unmet one explains why a contract refused the first
    /// operation of a session. The operation can then be built again.
    ///
    /// # Errors
    ///
    /// The refusal, explained by the unmet requirement if there is one and the owner is not available.
    pub(super) async fn meet_requirements(&self, refusal: Error, payment: Payment) -> Result<(), Error> {
        let ErrorKind::RefusedByContract { source, .. } = refusal.kind() else {
            return Err(refusal);
        };
        // The deployment of a new account meets them.
        if self.pipeline.account.session_requirements().is_empty() || !self.pipeline.deployed().await? {
            return Err(refusal);
        }
        let unmet = self.unmet_requirements().await?;
        let Some(first) = unmet.first() else {
            return Err(refusal);
        };
        let explained = Error::from(ErrorKind::RefusedByContract {
            explanation: first.explanation,
            source: source.clone(),
        });
        if self.pipeline.account.owner().is_none() {
            return Err(explained);
        }
        let _lock = self.pipeline.lock_account().await;
        // Another client may have met them before the lock was free.
        let calls = self.unmet_requirements().await?;
        let calls = calls.into_iter().map(|unmet| unmet.call).collect::<Vec<_>>();
        if calls.is_empty() {
            return Ok(());
        }
        let (nonce, failure) = self.send_requirements(&calls, payment).await?;
        self.until_requirements_are_met(failure.unwrap_or(explained))
            .await?;
        self.pipeline.tracker.journal.record_used(nonce).await;
        self.pipeline.cache.lock().lanes.free(nonce);
        Ok(())
    }

    /// Sends the owner's operation that makes calls, and returns its nonce, with the bundler's failure if the operation may
    /// have been sent all the same. An earlier operation with the same calls that is still pending is replaced.
    async fn send_requirements(
        &self,
        calls: &[Call],
        payment: Payment,
    ) -> Result<(U256, Option<Error>), Error> {
        let by = Authorization::owner(&*self.pipeline.account)?;
        let is_same = |op: &PendingUserOp| op.session.is_none() && op.calls.as_deref() == Some(calls);
        let mut pending = self.pending_user_ops().await?;
        pending.retain(is_same);
        let options = UserOpOptions::from(payment);
        let (nonce, options) = match pending.last() {
            Some(earlier) => (earlier.nonce, options.replacing(earlier)),
            None => {
                let lane = NonceLane::Fresh;
                let nonce = self.pipeline.nonce_in(lane, OperationSigner::Owner).await?;
                (nonce, options)
            }
        };
        let intent = Intent {
            kind: UserOpKind::Send,
            calls,
            session: None,
            enables: None,
            options: &options,
        };
        let sent = async {
            let op = self.pipeline.build(calls, nonce, None, &by, &options).await?;
            let signed = self.pipeline.sign(&op, &by).await?;
            self.pipeline.submit(&signed, &intent).await
        };
        let sent = sent.await.map_err(|error| error.at(nonce));
        // The chain shows whether it was sent. Its receipt would be mistaken for that of the session's calls.
        match sent.as_ref().map_err(Error::kind) {
            Ok(_) | Err(ErrorKind::WrongHash { .. }) => Ok((nonce, None)),
            Err(ErrorKind::Unanswered { source, .. } | ErrorKind::NonceTaken { source, .. }) => {
                Ok((nonce, Some(source.clone().into())))
            }
            Err(_) => sent.map(|_| (nonce, None)),
        }
    }

    /// Waits up to 30 s until the chain shows that the requirements are met. `otherwise` is the error after that time.
    // A page that waits for no operation links no tracking for this.
    async fn until_requirements_are_met(&self, mut otherwise: Error) -> Result<(), Error> {
        const PAUSE: Duration = Duration::from_millis(250);

        let begun = platform::monotonic();
        loop {
            match self.unmet_requirements().await {
                Ok(unmet) if unmet.is_empty() => return Ok(()),
                Ok(_) => {}
                Err(error) => otherwise = error,
            }
            if platform::monotonic().saturating_sub(begun) >= Pipeline::LOCK_TIMEOUT {
                return Err(otherwise);
            }
            platform::sleep(PAUSE).await;
        }
    }
}
