use alloy::primitives::U256;

use super::{Authorization, Intent, Pipeline, Remedies, forget, speculate};
use crate::{
    error::{Error, ErrorKind},
    platform::BoxFuture,
    primitives::{UserOpHash, UserOperation},
    tracking::UserOpKind,
};

impl Pipeline {
    /// Returns true if the account is deployed, after fetching everything else that an operation needs.
    pub(crate) async fn ready(&self) -> Result<bool, Error> {
        let (deployed, _fees, ()) =
            futures::try_join!(self.deployed(), self.services.fees(), self.services.check_chain())?;
        Ok(deployed)
    }

    /// Sends calls that the owner signs, and deploys the account if that is not done yet. Without calls, the
    /// operation only deploys the account, or does nothing.
    pub(crate) async fn send_as_owner(&self, nonce: U256, intent: Intent<'_>) -> Result<UserOpHash, Error> {
        let by = Authorization::owner(&*self.account)?;
        let (mut options, mut applied) = (intent.options.begun(), Remedies::default());
        loop {
            let intent = Intent {
                kind: intent.kind.clone(),
                options: &options,
                ..intent
            };
            match self.attempt_as_owner(nonce, &by, &intent).await {
                Err(error) if self.remedy(&error, &mut options, &mut applied) => {}
                Err(error) => {
                    let sent = self.judged_last(error.at(nonce), &options, &applied).await;
                    return sent.map_err(|error| self.explained(error));
                }
                sent => return sent,
            }
        }
    }

    fn attempt_as_owner<'a>(
        &'a self,
        nonce: U256,
        by: &'a Authorization<'_>,
        intent: &'a Intent<'_>,
    ) -> BoxFuture<'a, Result<UserOpHash, Error>> {
        Box::pin(async move {
            let op = self.build_as_owner(nonce, by, intent).await?;
            let signed = self.sign(&op, by).await?;
            self.submit(&signed, intent).await
        })
    }

    /// Builds the owner's operation on the cached deployment state, verifies that state in parallel, and
    /// builds again if it has changed.
    async fn build_as_owner(
        &self,
        nonce: U256,
        by: &Authorization<'_>,
        intent: &Intent<'_>,
    ) -> Result<UserOperation, Error> {
        let Intent { calls, options, .. } = *intent;
        let build = |deployed| Box::pin(self.build(calls, nonce, self.deployment(deployed), by, options));
        let observe = async {
            match self.ready().await? {
                true if intent.kind == UserOpKind::Deploy => Err(Error::from(ErrorKind::AlreadyDeployed)),
                deployed => Ok((deployed, ())),
            }
        };
        let likely = self.cache.lock().is_deployed();
        let (op, ()) = speculate(likely, observe, build, forget).await?;
        Ok(op)
    }
}
