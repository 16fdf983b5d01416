use super::{Error, Payment, SmartAccountClient, UserOpResponse};

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
    pub async fn deploy(&self, request: Deploy) -> Result<UserOpResponse, Error> {
        self.signer()?;
        let _turn = self.turn().await;
        self.let_deployment_end().await;
        match self.ready().await? {
            true => Err(Error::AlreadyDeployed),
            false => self.send_as_owner(&[], false, request.payment).await,
        }
    }
}
