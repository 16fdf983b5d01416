use super::{SmartAccountClient, UserOpResponse};
use crate::{
    account::OperationSigner,
    error::{Error, ErrorKind},
    pipeline::{Intent, NonceLane, UserOpOptions},
    tracking::UserOpKind,
};

/// A request to deploy the account. Deploying first is optional: the first operation deploys the account by
/// itself.
///
/// # Examples
///
/// ```no_run
/// use use_aa::{Deploy, Error, Payment, Request, SmartAccountClient, WaitOptions};
///
/// async fn deploy(client: SmartAccountClient) -> Result<(), Error> {
///     if !client.is_deployed().await? {
///         let sent = client.deploy(Deploy::default().pay(Payment::Sponsored)).await?;
///         sent.wait(WaitOptions::default()).await?;
///     }
///     Ok(())
/// }
/// ```
#[derive(Clone, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub struct Deploy {
    pub(super) options: UserOpOptions,
    pub(super) lane: NonceLane,
}

impl SmartAccountClient {
    /// Returns true if the account's code is on chain.
    ///
    /// # Errors
    ///
    /// [`ErrorKind::Service`] when the node fails.
    pub async fn is_deployed(&self) -> Result<bool, Error> {
        self.pipeline.deployed().await
    }

    /// Deploys the account, and does nothing else.
    ///
    /// # Errors
    ///
    /// [`ErrorKind::AlreadyDeployed`]; [`ErrorKind::Deploying`] when an earlier operation that deploys the
    /// account is still pending after 30 s; otherwise [`Error`] when the owner does not sign, a service
    /// fails, or the operation is refused.
    pub async fn deploy(&self, request: Deploy) -> Result<UserOpResponse, Error> {
        self.signer()?;
        let _lock = self.pipeline.lock_account().await;
        self.pipeline
            .wait_for_deployment(|op| request.lane == NonceLane::Given(op.nonce))
            .await?;
        if self.pipeline.cache.lock().deployed {
            return Err(Error::from(ErrorKind::AlreadyDeployed));
        }
        let intent = Intent {
            kind: UserOpKind::Deploy,
            calls: &[],
            session: None,
            enables: None,
            options: &request.options,
        };
        let nonce = self
            .pipeline
            .nonce_in(request.lane, OperationSigner::Owner)
            .await?;
        let hash = self.pipeline.send_as_owner(nonce, intent).await?;
        Ok(self.response(hash))
    }
}
