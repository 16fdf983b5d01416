use alloy::primitives::{Address, U256};

use super::{TokenPayment, UserOpOptions};
use crate::{
    error::{Error, ErrorKind},
    primitives::{Fees, GasLimits, PaymasterData, UserOpDraft, UserOperation},
    rpc::{Service, ServiceError, SponsorMode, Sponsorship, TOKEN_PAYMASTER},
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
    /// The maximum total gas of an operation, in units of gas. A higher value is a mistake or a lie.
    const MOST_GAS: u64 = 100_000_000;

    /// Returns an operation that services have filled, unless its total gas exceeds the limit.
    pub(crate) fn sensible(payer: Service, op: UserOperation) -> Result<UserOperation, Error> {
        let most = U256::from(Self::MOST_GAS);
        let found = op.gas.total();
        if found > most {
            return Err(ErrorKind::Excessive {
                service: payer,
                what: "gas limit",
                found,
                most,
            }
            .into());
        }
        Ok(op)
    }

    /// Fills an operation that the account pays for in native coin. Fees and gas limits are requested at the
    /// same time, as neither depends on the other.
    pub(crate) async fn pay_own(
        &self,
        mut draft: UserOpDraft,
        options: &UserOpOptions,
    ) -> Result<(Service, UserOperation), Error> {
        draft.fees = self.cached_fees(Self::FEES_LAST).unwrap_or_default();
        let (fees, gas) = futures::join!(
            self.fees_over(options.replaced_fees()),
            self.limits(&draft, None, options)
        );
        draft.fees = fees?;
        let gas = gas?;
        let cost = gas.total().saturating_mul(draft.fees.max_fee_per_gas);
        if cost > self.most_cost {
            let most = self.most_cost;
            return Err(ErrorKind::TooDear { cost, most }.into());
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
                let (fees, gas) = futures::join!(
                    self.fees_over(options.replaced_fees()),
                    self.limits_for_paymaster(&draft, options)
                );
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
        Ok(is_right.then_some(()).ok_or(ErrorKind::NotTheSponsor(found))?)
    }

    /// Fills an operation with the paymaster's sponsorship, or for payment by the account if the paymaster
    /// declines.
    pub(crate) async fn sponsor_or_pay_own(
        &self,
        draft: UserOpDraft,
        options: &UserOpOptions,
    ) -> Result<(Service, UserOperation), Error> {
        match self.sponsor(draft.clone(), options).await {
            Err(error) if error.is_without_sponsor() => self.pay_own(draft, options).await,
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
        draft.fees = self.cached_fees(Self::FEES_LAST).unwrap_or_default();
        loop {
            let (fees, stubbed) = futures::join!(
                self.fees_over(options.replaced_fees()),
                self.stubbed(paymaster, &draft, &context, options)
            );
            draft.fees = fees?;
            let agreed = self.agree(paymaster, draft.clone(), &context, stubbed?);
            if let Some(op) = agreed.await? {
                return Ok(op);
            }
        }
    }

    /// Estimates the gas limits of an operation, with margins.
    pub(crate) async fn limits(
        &self,
        draft: &UserOpDraft,
        paymaster: Option<&PaymasterData>,
        options: &UserOpOptions,
    ) -> Result<GasLimits, ServiceError> {
        const ESTIMATE: &str = "eth_estimateUserOperationGas";

        let estimate = self.bundler.estimate(draft, paymaster, &options.state);
        let estimated_by = (Service::Bundler, ESTIMATE);
        let gas = self.with_code(estimated_by, draft, estimate.await?, options);
        Ok(options.with_margins(gas.await?))
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
        self.limits(&free, None, options).await
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

#[cfg(test)]
mod tests;
