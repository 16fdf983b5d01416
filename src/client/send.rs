use super::{Error, Payment, SmartAccountClient, UserOpResponse, hand_over::Signatory};
use crate::primitives::Call;

/// Calls that the owner signs.
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
    payment: Payment,
}

impl SendTransaction {
    /// Sends calls in one operation: all of them succeed, or none.
    pub fn new(calls: impl IntoIterator<Item = Call>) -> Self {
        Self {
            calls: calls.into_iter().collect(),
            payment: Payment::default(),
        }
    }

    /// Who pays for gas. The default is the account.
    #[must_use]
    pub const fn pay(mut self, payment: Payment) -> Self {
        self.payment = payment;
        self
    }
}

impl From<Call> for SendTransaction {
    fn from(call: Call) -> Self {
        Self::new([call])
    }
}

impl SmartAccountClient {
    /// Sends calls that the owner signs; deploys the account with the first ones.
    ///
    /// # Errors
    ///
    /// [`Error`] when the owner does not sign, a service fails, or the operation is refused.
    pub async fn send(&self, request: SendTransaction) -> Result<UserOpResponse, Error> {
        if request.calls.is_empty() {
            return Err(Error::NoCalls);
        }
        self.signer()?;
        let is_deployed = self.facts.lock().deployed;
        let _turn = if is_deployed { None } else { self.turn().await };
        self.let_deployment_end().await;
        let deployed = self.ready().await?;
        self.send_as_owner(&request.calls, deployed, request.payment)
            .await
    }

    /// Whether the account is deployed, once all is known that any operation needs.
    pub(super) async fn ready(&self) -> Result<bool, Error> {
        let (deployed, _fees, ()) =
            futures::try_join!(self.deployed(), self.services.fees(), self.services.check_chain())?;
        Ok(deployed)
    }

    /// Sends calls that the owner signs from an account that is deployed, or is deployed by them.
    pub(super) async fn send_as_owner(
        &self,
        calls: &[Call],
        deployed: bool,
        payment: Payment,
    ) -> Result<UserOpResponse, Error> {
        let signatory = Signatory::Owner(self.signer()?.as_ref());
        let (nonce, init_code) = (Self::fresh_nonce()?, self.init_code(deployed));
        let op = self.build(calls, nonce, init_code, &signatory, payment).await?;
        let signed = self.sign(op, &signatory).await?;
        self.hand_over(&signed).await
    }
}
