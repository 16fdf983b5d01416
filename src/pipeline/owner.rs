use alloy::primitives::U256;

use super::{Authorization, Intent, Pipeline, Remedies, forget, speculate};
use crate::{
    error::{Error, ErrorKind},
    platform::BoxFuture,
    primitives::{UserOpHash, UserOperation, is_contract},
    signer::OwnerError,
    tracking::UserOpKind,
};

impl Pipeline {
    /// Returns true if the account is deployed, after fetching everything else that an operation needs.
    pub(crate) async fn ready(&self) -> Result<bool, Error> {
        let (deployed, _fees, ()) =
            futures::try_join!(self.deployed(), self.services.fees(), self.services.check_chain())?;
        Ok(deployed)
    }

    /// Refuses an owner that is a contract, such as the account of a contract wallet. The accounts' modules verify the
    /// signatures of keys alone, so nothing could be signed for such an account, and coins sent to it would be lost.
    ///
    /// # Errors
    ///
    /// [`OwnerError::ContractWallet`].
    pub(crate) async fn refuse_contract_owner(&self) -> Result<(), Error> {
        let owner = self.account.owner().map(|owner| owner.address());
        // An account that delegates is its own owner.
        let Some(owner) = owner.filter(|owner| *owner != self.address()) else {
            return Ok(());
        };
        if self.cache.lock().is_owner_a_key {
            return Ok(());
        }
        if is_contract(&self.services.node.code(owner).await?) {
            return Err(OwnerError::ContractWallet(owner).into());
        }
        self.cache.lock().is_owner_a_key = true;
        Ok(())
    }

    /// Returns the error of an owner who did not sign. A contract wallet may answer with the signature of one of its keys.
    pub(crate) async fn unsigned(&self, error: Error) -> Error {
        match error.kind() {
            ErrorKind::Owner(OwnerError::WrongSigner { .. }) => match self.refuse_contract_owner().await {
                Err(found) if matches!(found.kind(), ErrorKind::Owner(_)) => found,
                _ => error,
            },
            _ => error,
        }
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

#[cfg(test)]
mod tests;
