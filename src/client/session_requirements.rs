use std::time::Duration;

use alloy::primitives::U256;

use super::SmartAccountClient;
use crate::{
    account::{OperationSigner, SessionRequirement},
    error::{Error, ErrorKind},
    pipeline::{Authorization, Intent, NonceLane, Payment, Pipeline, UserOpOptions},
    platform,
    primitives::Call,
    tracking::UserOpKind,
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
        // A new account does not answer: its deployment meets them.
        let unmet = self.unmet_requirements().await.unwrap_or_default();
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
        let sent = match calls.as_slice() {
            [] => None,
            calls => Some(self.send_requirements(calls, payment).await?),
        };
        self.until_requirements_are_met(explained).await?;
        if let Some(nonce) = sent {
            self.pipeline.tracker.journal.record_used(nonce).await;
            self.pipeline.cache.lock().free_lane(nonce);
        }
        Ok(())
    }

    /// Sends the owner's operation that makes calls, and returns its nonce.
    async fn send_requirements(&self, calls: &[Call], payment: Payment) -> Result<U256, Error> {
        let by = Authorization::owner(&*self.pipeline.account)?;
        let options = UserOpOptions::from(payment);
        let nonce = self
            .pipeline
            .nonce_in(NonceLane::Fresh, OperationSigner::Owner)
            .await?;
        let op = self.pipeline.build(calls, nonce, None, &by, &options).await?;
        let signed = self.pipeline.sign(&op, &by).await?;
        let intent = Intent {
            kind: UserOpKind::Send,
            calls,
            session: None,
            enables: None,
            options: &options,
        };
        self.pipeline.submit(&signed, &intent).await?;
        Ok(nonce)
    }

    /// Waits up to 30 s until the chain shows that the requirements are met.
    // A page that waits for no operation links no tracking for this.
    async fn until_requirements_are_met(&self, refusal: Error) -> Result<(), Error> {
        const PAUSE: Duration = Duration::from_millis(250);

        let begun = platform::monotonic();
        while !self.unmet_requirements().await?.is_empty() {
            if platform::monotonic().saturating_sub(begun) >= Pipeline::LOCK_TIMEOUT {
                return Err(refusal);
            }
            platform::sleep(PAUSE).await;
        }
        Ok(())
    }
}
