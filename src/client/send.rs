use alloy::primitives::U256;

use super::{
    Error, NonceLane, Options, SmartAccountClient, UserOpKind, UserOpResponse, hand_over::Signatory,
    journal::Intent,
};
use crate::primitives::{Call, UserOperation};

/// A request to send calls that the owner signs.
///
/// # Examples
///
/// ```
/// use alloy::primitives::{Address, U256};
/// use use_aa::{Call, Payment, SendTransaction};
///
/// let request = SendTransaction::new([Call::transfer(Address::ZERO, U256::from(1))]).pay(Payment::Sponsored);
/// # let _ = request;
/// ```
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SendTransaction {
    calls: Vec<Call>,
    pub(super) options: Options,
    pub(super) lane: NonceLane,
}

impl SendTransaction {
    /// Sends calls in one operation: all of them succeed, or none.
    pub fn new(calls: impl IntoIterator<Item = Call>) -> Self {
        Self {
            calls: calls.into_iter().collect(),
            options: Options::new(),
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
    /// [`Error::Deploying`] when an earlier operation that deploys the account is still pending after 30 s; otherwise
    /// [`Error`] when the owner does not sign, a service fails, or the operation is refused.
    pub async fn send(&self, request: SendTransaction) -> Result<UserOpResponse, Error> {
        if request.calls.is_empty() {
            return Err(Error::NoCalls);
        }
        self.signer()?;
        let is_deployed = self.facts.lock().deployed;
        let _turn = if is_deployed { None } else { self.turn().await };
        self.let_deployment_end(|op| request.lane == NonceLane::Given(op.nonce))
            .await?;
        let nonce = self.nonce_in(request.lane).await?;
        let intent = Intent {
            kind: UserOpKind::Send,
            calls: &request.calls,
            session: None,
            options: &request.options,
        };
        self.send_as_owner(nonce, intent).await
    }

    /// Returns true if the account is deployed, after fetching everything else that an operation needs.
    pub(super) async fn ready(&self) -> Result<bool, Error> {
        let (deployed, _fees, ()) =
            futures::try_join!(self.deployed(), self.services.fees(), self.services.check_chain())?;
        Ok(deployed)
    }

    /// Sends calls that the owner signs, and deploys the account if that is not done yet. Without calls, the
    /// operation only deploys the account, or does nothing.
    pub(super) async fn send_as_owner(
        &self,
        nonce: U256,
        intent: Intent<'_>,
    ) -> Result<UserOpResponse, Error> {
        let signatory = Signatory::Owner(self.signer()?.as_ref());
        let sent = async {
            let op = self.build_as_owner(nonce, &signatory, &intent).await?;
            let signed = self.sign(op, &signatory).await?;
            self.hand_over(&signed, intent).await
        };
        sent.await.map_err(|error| error.at(nonce))
    }

    /// Builds the owner's operation on the cached deployment state, verifies that state in parallel, and
    /// builds again if it has changed.
    async fn build_as_owner(
        &self,
        nonce: U256,
        signatory: &Signatory<'_>,
        intent: &Intent<'_>,
    ) -> Result<UserOperation, Error> {
        let Intent { calls, options, .. } = *intent;
        let build = |deployed| self.build(calls, nonce, self.init_code(deployed), signatory, options);
        let likely = self.facts.lock().is_deployed();
        let (deployed, built) = match likely {
            Some(likely) => {
                let (ready, op) = futures::join!(self.ready(), build(likely));
                let deployed = ready?;
                (deployed, (deployed == likely).then_some(op))
            }
            None => (self.ready().await?, None),
        };
        match built {
            _ if deployed && intent.kind == UserOpKind::Deploy => Err(Error::AlreadyDeployed),
            Some(op) => op,
            None => build(deployed).await,
        }
    }
}
