use super::{Error, Payment, SmartAccountClient, hand_over::Signatory};
use crate::primitives::UserOpHash;

/// The deployment of an account before anything else is done with it. It is not needed: the first operation deploys
/// the account by itself.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub struct Deploy {
    payment: Payment,
}

impl Deploy {
    /// Who pays for gas. The default is the account.
    #[must_use]
    pub const fn pay(mut self, payment: Payment) -> Self {
        self.payment = payment;
        self
    }
}

impl SmartAccountClient {
    /// Whether the account's code is on chain.
    ///
    /// # Errors
    ///
    /// [`Error::Service`] when the node fails.
    pub async fn is_deployed(&self) -> Result<bool, Error> {
        self.deployed().await
    }

    /// Deploys the account, and does nothing else.
    ///
    /// # Errors
    ///
    /// [`Error::AlreadyDeployed`]; otherwise [`Error`] when the owner does not sign, a service fails, or the operation
    /// is refused.
    pub async fn deploy(&self, request: Deploy) -> Result<UserOpHash, Error> {
        let signatory = Signatory::Owner(self.signer()?.as_ref());
        let _turn = self.turn().await;
        self.let_deployment_end().await;
        let (deployed, _fees, ()) =
            futures::try_join!(self.deployed(), self.services.fees(), self.services.check_chain())?;
        if deployed {
            return Err(Error::AlreadyDeployed);
        }
        let init_code = self.init_code(false);
        let nonce = Self::fresh_nonce()?;
        let op = self
            .build(&[], nonce, init_code, &signatory, request.payment)
            .await?;
        let signed = self.sign(op, &signatory).await?;
        self.hand_over(&signed).await
    }
}
