use super::{SmartAccountClient, UserOpResponse};
use crate::{
    account::OperationSigner,
    error::{Error, ErrorKind},
    pipeline::{Intent, NonceLane, UserOpOptions},
    primitives::Call,
    tracking::UserOpKind,
};

/// A request to send calls that the owner signs.
///
/// # Examples
///
/// ```
/// use alloy::primitives::{Address, U256};
/// use use_aa::{Call, Payment, Request, SendTransaction};
///
/// let request = SendTransaction::new([Call::transfer(Address::ZERO, U256::from(1))]).pay(Payment::Sponsored);
/// # let _ = request;
/// ```
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SendTransaction {
    calls: Vec<Call>,
    pub(crate) options: UserOpOptions,
    pub(super) lane: NonceLane,
}

impl SendTransaction {
    /// Sends calls in one operation: all of them succeed, or none.
    pub fn new(calls: impl IntoIterator<Item = Call>) -> Self {
        Self {
            calls: calls.into_iter().collect(),
            options: UserOpOptions::new(),
            lane: NonceLane::Fresh,
        }
    }
}

impl From<Call> for SendTransaction {
    fn from(call: Call) -> Self {
        Self::new([call])
    }
}

impl SmartAccountClient {
    /// Sends calls that the owner signs. The first operation also deploys the account.
    ///
    /// # Errors
    ///
    /// [`ErrorKind::Deploying`] when an earlier operation that deploys the account is still pending after
    /// 30 s; otherwise [`Error`] when the owner does not sign, a service fails, or the operation is refused.
    pub async fn send(&self, request: SendTransaction) -> Result<UserOpResponse, Error> {
        if request.calls.is_empty() {
            return Err(Error::from(ErrorKind::NoCalls));
        }
        self.signer()?;
        let is_deployed = self.pipeline.cache.lock().deployed;
        let _lock = if is_deployed {
            None
        } else {
            self.pipeline.lock_account().await
        };
        self.pipeline
            .wait_for_deployment(|op| request.lane == NonceLane::Given(op.nonce))
            .await?;
        let nonce = self
            .pipeline
            .nonce_in(request.lane, OperationSigner::Owner)
            .await?;
        let intent = Intent {
            kind: UserOpKind::Send,
            calls: &request.calls,
            session: None,
            enables: None,
            options: &request.options,
        };
        let hash = self.pipeline.send_as_owner(nonce, intent).await?;
        Ok(self.response(hash))
    }
}
