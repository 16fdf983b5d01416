use alloy::primitives::{Address, U256};

use super::{TokenPayment, UserOpOptions};
use crate::{
    error::{Error, ErrorKind},
    primitives::{Fees, GasLimits, PaymasterData, UserOpDraft, UserOperation},
    rpc::{
        EstimateForm, Reason, Refusal, Service, ServiceError, SponsorMode, Sponsorship, Stub, TOKEN_PAYMASTER,
    },
    services::{AnyPayer, OneCall, Services, StubData},
    tracking::PendingPayment,
};

/// The payer of an operation's gas.
///
/// # Examples
///
/// The account pays in native coin if the paymaster declines, because the app decides so:
///
/// ```no_run
/// use use_aa::{Call, Error, Payment, Request, SendTransaction, SmartAccountClient, UserOpResponse};
/// use use_aa::rpc::{Refusal, Service, ServiceError};
///
/// async fn send(client: SmartAccountClient, call: Call) -> Result<UserOpResponse, Error> {
///     let request = |payment| SendTransaction::from(call.clone()).pay(payment);
///     let declines = |error: &ServiceError| {
///         error.service() == Service::Paymaster && error.refusal().is_some_and(Refusal::is_decline)
///     };
///     match client.send(request(Payment::Sponsored)).await {
///         Err(error) if error.service().is_some_and(declines) => client.send(request(Payment::Own)).await,
///         sent => sent,
///     }
/// }
/// ```
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub enum Payment {
    /// The account pays in native coin.
    #[default]
    Own,
    /// A paymaster pays. If the paymaster refuses, nothing is sent: the account never pays instead.
    Sponsored,
    /// A paymaster pays. If no paymaster is configured or it [declines](crate::rpc::Refusal::is_decline), the
    /// account pays in native coin.
    ///
    /// An unreachable paymaster or a wrong paymaster address is an error: the account does not pay then. A
    /// declined sponsorship costs one more round trip.
    SponsoredOrOwn,
    /// The account pays in a token, through a paymaster. If the paymaster refuses, nothing is sent: the
    /// account never pays in native coin instead.
    Token(TokenPayment),
}

impl From<Payment> for PendingPayment {
    fn from(payment: Payment) -> Self {
        match payment {
            Payment::Own => Self::Own,
            Payment::Sponsored => Self::Sponsored,
            Payment::SponsoredOrOwn => Self::SponsoredOrOwn,
            Payment::Token(payment) => {
                let (token, most) = payment.limit();
                Self::Token { token, most }
            }
        }
    }
}

impl Services {
    /// Returns an operation that services have filled, unless its maximum cost exceeds the limit of its payer.
    pub(crate) fn sensible(&self, payer: Service, op: UserOperation) -> Result<UserOperation, Error> {
        let cost = op.gas.total().saturating_mul(op.fees.max_fee_per_gas);
        let (is_own, most) = match op.paymaster {
            None => (true, self.most_cost),
            Some(_) => (false, self.most_sponsored_cost),
        };
        match is_own {
            _ if cost <= most => Ok(op),
            true => Err(Error::from(ErrorKind::TooDear { cost, most })),
            false => Err(Error::from(ErrorKind::Excessive {
                service: payer,
                what: "cost in wei",
                found: cost,
                most,
            })),
        }
    }

    /// Returns the fees of an operation: those of its options, or the current ones.
    pub(crate) async fn fees_for(&self, options: &UserOpOptions) -> Result<Fees, Error> {
        match options.fixed_fees() {
            Some(fees) => Ok(fees),
            None => Ok(self.fees().await?.at_least(options.fee_floor())),
        }
    }

    /// Returns the fees of an operation that are known without a request, or 0.
    fn known_fees_for(&self, options: &UserOpOptions) -> Fees {
        let known = self.cached_fees(Self::FEES_LAST);
        options.fixed_fees().or(known).unwrap_or_default()
    }

    /// Fills an operation that the account pays for in native coin. Fees and gas limits are requested at the
    /// same time, as neither depends on the other.
    pub(crate) async fn pay_own(
        &self,
        mut draft: UserOpDraft,
        options: &UserOpOptions,
    ) -> Result<(Service, UserOperation), Error> {
        /// The gas of the transfer to the entry point, which an estimate at fees of zero does not contain.
        const PREFUND: u64 = 30_000;

        draft.fees = self.known_fees_for(options);
        let known = draft.fees;
        let (fees, gas) = futures::join!(self.fees_for(options), self.limits(&draft, None, options));
        draft.fees = fees?;
        let mut gas = gas?;
        if self.estimates_without_fees(known) {
            gas.verification = gas.verification.saturating_add(U256::from(PREFUND));
        }
        Ok((Service::Bundler, draft.fill(gas, None)))
    }

    /// Fills an operation with the paymaster's sponsorship.
    pub(crate) async fn sponsor(
        &self,
        mut draft: UserOpDraft,
        options: &UserOpOptions,
    ) -> Result<(Service, UserOperation), Error> {
        let (payer, op) = match self.payer()? {
            AnyPayer::OneCall(paymaster) => {
                let (fees, gas) =
                    futures::join!(self.fees_for(options), self.limits_for_paymaster(&draft, options));
                draft.fees = fees?;
                let mode = SponsorMode::Sponsored;
                let agreed = self.agreed(&paymaster, &draft, gas?, mode, options).await?;
                let op = draft.fill(agreed.gas, Some(agreed.paymaster));
                (Service::Paymaster, op)
            }
            AnyPayer::StubData(paymaster) => {
                let op = self.sponsor_with_stub(&paymaster, draft, options).await?;
                (Service::Bundler, op)
            }
        };
        self.check_sponsor(op.paymaster.as_ref())?;
        Ok((payer, op))
    }

    /// Requests the sponsorship of Biconomy's paymaster, which estimates the gas limits if none are given. If
    /// its call gas fits only an account without code, a second request passes corrected limits.
    pub(crate) async fn agreed(
        &self,
        paymaster: &OneCall<'_>,
        draft: &UserOpDraft,
        gas: Option<GasLimits>,
        mode: SponsorMode,
        options: &UserOpOptions,
    ) -> Result<Sponsorship, ServiceError> {
        let agreed = paymaster.sponsor(draft, gas, mode, &options.context).await?;
        let estimated_by = (Service::Paymaster, paymaster.method());
        let gas = self.with_code(estimated_by, draft, agreed.gas, options).await?;
        if gas == agreed.gas {
            return Ok(agreed);
        }
        paymaster.sponsor(draft, Some(gas), mode, &options.context).await
    }

    /// Checks that the paymaster contract of a sponsored operation is an accepted one.
    fn check_sponsor(&self, paymaster: Option<&PaymasterData>) -> Result<(), Error> {
        let found = paymaster.map_or(Address::ZERO, |data| data.paymaster);
        let is_right = match self.sponsor {
            Some(sponsor) => found == sponsor,
            None => found != TOKEN_PAYMASTER,
        };
        is_right
            .then_some(())
            .ok_or_else(|| Error::from(ErrorKind::NotTheSponsor(found)))
    }

    /// Fills an operation with the paymaster's sponsorship, or for payment by the account if the paymaster
    /// declines.
    pub(crate) async fn sponsor_or_pay_own(
        &self,
        draft: UserOpDraft,
        options: &UserOpOptions,
    ) -> Result<(Service, UserOperation), Error> {
        match self.sponsor(draft.clone(), options).await {
            Err(error) if error.is_without_sponsor() => self.pay_own(draft, &options.clone().alone()).await,
            agreed => agreed,
        }
    }

    async fn sponsor_with_stub(
        &self,
        paymaster: &StubData<'_>,
        mut draft: UserOpDraft,
        options: &UserOpOptions,
    ) -> Result<UserOperation, Error> {
        let context = options.standard_context()?;
        draft.fees = self.known_fees_for(options);
        loop {
            let (fees, stubbed) = futures::join!(
                self.fees_for(options),
                self.stubbed(paymaster, &draft, &context, options)
            );
            draft.fees = fees?;
            let agreed = self.agree(paymaster, draft.clone(), &context, stubbed?);
            if let Some(op) = agreed.await? {
                return Ok(op);
            }
        }
    }

    /// The JSON-RPC method for estimates.
    pub(crate) const ESTIMATE: &str = "eth_estimateUserOperationGas";

    /// Estimates the gas limits of an operation, with margins.
    pub(crate) async fn limits(
        &self,
        draft: &UserOpDraft,
        stub: Option<&Stub>,
        options: &UserOpOptions,
    ) -> Result<GasLimits, ServiceError> {
        let estimate = self.estimated(draft, stub, options);
        let estimated_by = (Service::Bundler, Self::ESTIMATE);
        let gas = self.with_code(estimated_by, draft, estimate.await?, options);
        let gas = options.with_margins(gas.await?);
        Ok(with_bytes(gas, self.estimates_without_fees(draft.fees)))
    }

    /// Returns true if the bundler estimates an operation with these fees at fees of zero.
    fn estimates_without_fees(&self, fees: Fees) -> bool {
        fees.max_fee_per_gas.is_zero() || self.estimate_form() == EstimateForm::Ample
    }

    /// Requests an estimate in the form that the bundler has accepted last, or else in the other one.
    async fn estimated(
        &self,
        draft: &UserOpDraft,
        stub: Option<&Stub>,
        options: &UserOpOptions,
    ) -> Result<GasLimits, ServiceError> {
        let ask = |form| self.bundler.estimate_in(form, draft, stub, &options.state);
        let form = self.estimate_form();
        let estimate = ask(form).await;
        let is_of_form = |answer: &Result<_, ServiceError>| {
            let refusal = answer.as_ref().err().and_then(ServiceError::refusal);
            refusal.is_some_and(Refusal::may_be_of_form)
        };
        if !is_of_form(&estimate) {
            return estimate;
        }
        let other = ask(form.other()).await;
        match &other {
            Ok(_) => self.cache_estimate_form(form.other()),
            // Neither form is accepted, or the service is gone.
            Err(error) if is_of_form(&other) || error.refusal().is_none() => return estimate,
            // The other form is accepted, and the operation is not.
            Err(_) => {}
        }
        other
    }

    /// Estimates the gas limits of an operation at fees of zero, so that the estimate needs no balance.
    pub(crate) async fn limits_for_nothing(
        &self,
        draft: &UserOpDraft,
        options: &UserOpOptions,
    ) -> Result<GasLimits, ServiceError> {
        let free = UserOpDraft {
            fees: Fees::default(),
            ..draft.clone()
        };
        let gas = self.limits(&free, None, options).await;
        let refusal = gas.as_ref().err().and_then(ServiceError::refusal);
        // Some bundlers demand fees of an estimate too.
        match refusal.and_then(Refusal::reason) {
            Some(Reason::NoFees | Reason::LowFees) if !draft.fees.max_fee_per_gas.is_zero() => {
                self.limits(draft, None, options).await
            }
            _ => gas,
        }
    }

    /// Returns the gas limits for a sponsorship request, or `None` if the paymaster estimates them.
    pub(crate) async fn limits_for_paymaster(
        &self,
        draft: &UserOpDraft,
        options: &UserOpOptions,
    ) -> Result<Option<GasLimits>, ServiceError> {
        /// The gas of the paymaster's own validation, which the estimate does not contain.
        const VALIDATION: u64 = 75_000;
        /// The calldata gas of the paymaster data: 512 bytes, at most 16 gas each.
        const BYTES: u64 = 512 * 16;

        if !options.are_for_estimate() {
            return Ok(None);
        }
        let gas = self.limits_for_nothing(draft, options).await?;
        Ok(Some(GasLimits {
            verification: gas.verification.saturating_add(U256::from(VALIDATION)),
            pre_verification: gas.pre_verification.saturating_add(U256::from(BYTES)),
            ..gas
        }))
    }
}

/// Adds the gas of the bytes that are zero in the estimated operation and not in the one that is sent: those of the gas
/// limits, and those of the fees if it is estimated without fees. A bundler that counts exactly refuses an operation that does
/// not pay for them.
fn with_bytes(gas: GasLimits, is_without_fees: bool) -> GasLimits {
    /// The difference between the prices of a byte of calldata
    /// ([EIP-2028](https://eips.ethereum.org/EIPS/eip-2028)).
    const BYTE: usize = 16 - 4;
    /// The bytes of both fees, up to 2^48 wei each.
    const FEES: usize = 2 * 6;

    let limits = [gas.call, gas.verification, gas.pre_verification];
    let bytes = limits
        .iter()
        .map(|limit| limit.bit_len().div_ceil(8))
        .sum::<usize>();
    let fees = if is_without_fees { FEES } else { 0 };
    let more = U256::from(BYTE * (bytes + fees));
    GasLimits {
        pre_verification: gas.pre_verification.saturating_add(more),
        ..gas
    }
}

#[cfg(test)]
mod tests;
