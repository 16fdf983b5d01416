use alloy::primitives::{Address, Bytes, U256};

use super::{Authorization, Payment, Pipeline, UserOpOptions};
use crate::{
    contracts::token::approvals,
    error::{Error, ErrorKind},
    platform::BoxFuture,
    primitives::{Asset, Call, GasLimits, UserOpDraft, UserOperation},
    rpc::{Refusal, Service, ServiceError, SponsorMode, Sponsorship, TOKEN_PAYMASTER, TokenQuote, TokenRate},
    services::{AnyPayer, OneCall, StubData},
};

/// Payment for gas in an ERC-20 token, with a maximum cost per operation.
///
/// The paymaster takes the token after the operation, which needs an allowance. If the owner signs and the
/// allowance is too low, an approval is added to the calls. Its amount is the operation's maximum cost, or
/// the amount of [`approve`](Self::approve) if that is higher. A session adds no approval: it needs an
/// existing allowance.
///
/// # Examples
///
/// ```
/// use alloy::primitives::{U256, address};
/// use use_aa::{Payment, TokenPayment};
///
/// let dollar = address!("fee0000000000000000000000000000000000006");
/// let at_most_half_a_dollar = Payment::Token(TokenPayment::new(dollar, U256::from(500_000)));
/// # let _ = at_most_half_a_dollar;
/// ```
#[derive(Clone, Copy, Debug)]
pub struct TokenPayment {
    token: Address,
    most: U256,
    paymaster: Address,
    approve: U256,
    /// A function pointer, so that a page that never pays in tokens does not link the code for it.
    pub(crate) charge: ChargeFn,
}

/// The function that fills an operation for payment in a token.
type ChargeFn = for<'a> fn(
    &'a Pipeline,
    &'a [Call],
    UserOpDraft,
    &'a Authorization<'a>,
    TokenPayment,
    &'a UserOpOptions,
) -> BoxFuture<'a, Result<(Service, UserOperation), Error>>;

impl TokenPayment {
    /// Pays in a token, with a maximum cost per operation in the token's smallest unit.
    #[must_use]
    pub const fn new(token: Address, most: U256) -> Self {
        Self {
            token,
            most,
            paymaster: TOKEN_PAYMASTER,
            approve: U256::ZERO,
            charge: |pipeline, calls, draft, by, payment, options| {
                let charge = Charge {
                    calls,
                    by,
                    payment,
                    options,
                    allowance: U256::ZERO,
                    balance: U256::ZERO,
                    resets: pipeline.cache.lock().resets.contains(&payment.token),
                };
                Box::pin(pipeline.charge(draft, charge))
            },
        }
    }

    /// Sets the allowance that an approval grants the paymaster, in the token's smallest unit. An allowance
    /// above the cost of one operation saves approvals later. The default is the operation's maximum cost.
    #[must_use]
    pub const fn approve(mut self, amount: U256) -> Self {
        self.approve = amount;
        self
    }
}

impl TokenPayment {
    /// Returns the token, and the maximum cost of an operation.
    pub(crate) const fn limit(self) -> (Address, U256) {
        (self.token, self.most)
    }
}

impl PartialEq for TokenPayment {
    fn eq(&self, other: &Self) -> bool {
        let parts = |payment: &Self| (payment.token, payment.most, payment.paymaster, payment.approve);
        parts(self) == parts(other)
    }
}

impl Eq for TokenPayment {}

impl From<TokenPayment> for Payment {
    fn from(payment: TokenPayment) -> Self {
        Self::Token(payment)
    }
}

impl From<&TokenQuote> for Payment {
    /// Pays as quoted, with the quoted fee as the maximum cost.
    fn from(quote: &TokenQuote) -> Self {
        let payment = TokenPayment::new(quote.token, quote.max_fee);
        Self::Token(TokenPayment {
            paymaster: quote.paymaster,
            ..payment
        })
    }
}

/// The terms of a payment in a token, with the account's allowance and balance.
struct Charge<'a> {
    calls: &'a [Call],
    by: &'a Authorization<'a>,
    payment: TokenPayment,
    options: &'a UserOpOptions,
    allowance: U256,
    balance: U256,
    /// True if an approval sets the allowance to 0 first.
    resets: bool,
}

impl Charge<'_> {
    /// Encodes the calls, after an approval of the amount if the owner signs.
    fn call_data(&self, paymaster: Address, amount: U256) -> Bytes {
        let approvals = approvals(self.payment.token, paymaster, amount, self.resets);
        match self.by.is_owner() {
            true => self.by.call_data(&[&approvals, self.calls].concat()),
            false => self.by.call_data(self.calls),
        }
    }

    /// Returns true if the operation is to be built again with an allowance that is set to 0 first: the token may have
    /// refused to change the allowance.
    fn learns_reset<T>(
        &mut self,
        held: &Result<(U256, U256), Error>,
        answer: &Result<T, ServiceError>,
    ) -> bool {
        let refusal = answer.as_ref().err().and_then(ServiceError::refusal);
        let learns = refusal.is_some_and(Refusal::may_be_of_call)
            && !self.resets
            && self.by.is_owner()
            && held.as_ref().is_ok_and(|(allowance, _)| !allowance.is_zero());
        self.resets |= learns;
        learns
    }

    /// Checks that the account has a balance, and an allowance or the owner's signature, without relying on a
    /// refusal by the bundler.
    fn could_be_paid(&self, paymaster: Address) -> Result<(), Error> {
        let TokenPayment { token, most, .. } = self.payment;
        if self.balance.is_zero() {
            return Err(Error::from(ErrorKind::NotEnough {
                asset: Asset::Token(token),
                wanted: most,
                held: self.balance,
            }));
        }
        if self.allowance.is_zero() && !self.by.is_owner() {
            return Err(Error::from(ErrorKind::NotApproved {
                token,
                paymaster,
                cost: most,
            }));
        }
        Ok(())
    }

    /// Encodes the account's call data for a fee up to `max_fee`, if the payment allows that fee.
    fn agreed(&self, paymaster: Address, max_fee: U256) -> Result<Bytes, Error> {
        let TokenPayment {
            token, most, approve, ..
        } = self.payment;
        if max_fee > most {
            let cost = max_fee;
            return Err(Error::from(ErrorKind::TooManyTokens { token, cost, most }));
        }
        if self.balance < max_fee {
            return Err(Error::from(ErrorKind::NotEnough {
                asset: Asset::Token(token),
                wanted: max_fee,
                held: self.balance,
            }));
        }
        match self.by.is_owner() {
            _ if self.allowance >= max_fee => Ok(self.by.call_data(self.calls)),
            true => Ok(self.call_data(paymaster, max_fee.max(approve))),
            false => Err(Error::from(ErrorKind::NotApproved {
                token,
                paymaster,
                cost: max_fee,
            })),
        }
    }
}

impl Pipeline {
    /// Fills an operation for payment in a token.
    async fn charge(
        &self,
        draft: UserOpDraft,
        mut charge: Charge<'_>,
    ) -> Result<(Service, UserOperation), Error> {
        let (method, paymaster, (service, op)) = match self.services.payer()? {
            AnyPayer::OneCall(paymaster) => {
                let (quoted, agreed) = self.charge_as_quoted(&paymaster, draft, &mut charge).await?;
                (paymaster.method(), quoted, agreed)
            }
            AnyPayer::StubData(paymaster) => {
                let (rated, agreed) = self.charge_by_rate(&paymaster, draft, &mut charge).await?;
                (paymaster.method(), rated, agreed)
            }
        };
        if charge.resets {
            self.cache.lock().record_reset(charge.payment.token);
        }
        if op.paymaster.as_ref().map(|data| data.paymaster) != Some(paymaster) {
            return Err(ServiceError::changed_paymaster(method, "the paymaster").into());
        }
        Ok((service, op))
    }

    /// Fills an operation by a quote of Biconomy's paymaster, which estimates the gas unless limits are
    /// required.
    async fn charge_as_quoted(
        &self,
        service: &OneCall<'_>,
        mut draft: UserOpDraft,
        charge: &mut Charge<'_>,
    ) -> Result<Agreed, Error> {
        /// The number of times that the gas is measured. A node that measures more each time is not asked for ever.
        const MOST_ROUNDS: u32 = 4;

        let options = charge.options;
        draft.fees = self.services.fees_for(options).await?;
        let mut given = None;
        let mut rounds = 0;
        loop {
            rounds += 1;
            let agreed = self.agree_as_quoted(service, &draft, given, charge).await?;
            let Some((paymaster, call_data, agreed)) = agreed else {
                continue;
            };
            let draft = UserOpDraft {
                call_data,
                ..draft.clone()
            };
            let estimated_by = (Service::Paymaster, service.method());
            let gas = self.services.with_code(estimated_by, &draft, agreed.gas, options);
            match gas.await? {
                gas if gas == agreed.gas || rounds == MOST_ROUNDS => {
                    let op = draft.fill(agreed.gas, Some(agreed.paymaster));
                    return Ok((paymaster, (Service::Paymaster, op)));
                }
                // More gas costs more of the token.
                gas => given = Some(gas),
            }
        }
    }

    /// Returns the paymaster contract of the quote, the account's call data for that quote, and the
    /// sponsorship. `None` if the operation is to be built again.
    async fn agree_as_quoted(
        &self,
        service: &OneCall<'_>,
        draft: &UserOpDraft,
        given: Option<GasLimits>,
        charge: &mut Charge<'_>,
    ) -> Result<Option<(Address, Bytes, Sponsorship)>, Error> {
        let TokenPayment { token, paymaster, .. } = charge.payment;
        let options = charge.options;
        let mut draft = draft.clone();
        draft.call_data = charge.call_data(paymaster, U256::MAX);
        let quoted = async {
            let gas = match given {
                None => self.services.limits_for_paymaster(&draft, options).await?,
                given => given,
            };
            let quotes = service.quotes(&draft, gas, &[token], &options.context).await?;
            Ok::<_, ServiceError>((gas, quotes))
        };
        let (quoted, held) = futures::join!(quoted, self.held(token, paymaster));
        if charge.learns_reset(&held, &quoted) {
            return Ok(None);
        }
        let (gas, quotes) = quoted?;
        let quote = quotes.into_iter().find(|quote| quote.token == token);
        let quote = quote.ok_or_else(|| Error::from(ErrorKind::TokenNotTaken(token)))?;
        self.know(charge, held?, (paymaster, quote.paymaster)).await?;
        draft.call_data = charge.agreed(quote.paymaster, quote.max_fee)?;
        let mode = SponsorMode::Token(token);
        let agreed = service.sponsor(&draft, gas, mode, &options.context).await?;
        Ok(Some((quote.paymaster, draft.call_data, agreed)))
    }

    /// Fills an operation by the exchange rate of an ERC-7677 paymaster, with gas estimated by the bundler.
    async fn charge_by_rate(
        &self,
        service: &StubData<'_>,
        mut draft: UserOpDraft,
        charge: &mut Charge<'_>,
    ) -> Result<Agreed, Error> {
        let token = charge.payment.token;
        let mut context = charge.options.standard_context()?;
        context["token"] = token.into();
        draft.fees = self.services.fees_for(charge.options).await?;
        let (mut rated, mut own) = (None, None);
        loop {
            let known = rated.or_else(|| self.services.cached_paymaster(&context));
            let paymaster = known.unwrap_or(charge.payment.paymaster);
            // No other amount in the approval uses more gas than the largest.
            draft.call_data = charge.call_data(paymaster, U256::MAX);
            let tokens = [token];
            let (rates, stubbed, held) = futures::join!(
                service.rates(&tokens),
                self.services.stubbed(service, &draft, &context, charge.options),
                self.held(token, paymaster),
            );
            let rate = rates?.into_iter().find(|rate| rate.token == token);
            let rate = rate.ok_or_else(|| Error::from(ErrorKind::TokenNotTaken(token)))?;
            if charge.learns_reset(&held, &stubbed) {
                continue;
            }
            // The approval was for another contract than the one that charges.
            if stubbed.is_err() && rated.is_none() && rate.paymaster != paymaster {
                rated = Some(rate.paymaster);
                continue;
            }
            self.know(charge, held?, (paymaster, rate.paymaster)).await?;
            let mut stubbed = match stubbed {
                Ok(stubbed) => stubbed,
                Err(error) => return Err(self.what_is_missing(error, &draft, charge, rate).await),
            };
            stubbed.gas.paymaster = own.unwrap_or(stubbed.gas.paymaster);
            let mut draft = draft.clone();
            draft.call_data = charge.agreed(rate.paymaster, rate.max_fee(stubbed.gas, draft.fees))?;
            if let Some(op) = self.services.agree(service, draft, &context, stubbed).await? {
                // The paymaster may have raised its own limits, and so the cost that an approval must cover.
                if charge.agreed(rate.paymaster, rate.max_fee(op.gas, op.fees))? == op.call_data {
                    return Ok((rate.paymaster, (Service::Bundler, op)));
                }
                if own.replace(op.gas.paymaster).is_some() {
                    return Err(ServiceError::changed_paymaster(service.method(), "its gas limits").into());
                }
            }
        }
    }

    /// Replaces a bundler's refusal by the account's missing balance or allowance, if that is the cause. The
    /// bundler refuses to estimate for an account that cannot pay, without naming the amount.
    async fn what_is_missing(
        &self,
        refused: ServiceError,
        draft: &UserOpDraft,
        charge: &Charge<'_>,
        rate: TokenRate,
    ) -> Error {
        if refused.refusal().is_some()
            && let Ok(gas) = self.services.limits_for_nothing(draft, charge.options).await
            && let Err(missing) = charge.agreed(rate.paymaster, rate.max_fee(gas, draft.fees))
        {
            return missing;
        }
        refused.into()
    }

    /// Returns the paymaster's allowance of a token, and the account's balance.
    async fn held(&self, token: Address, paymaster: Address) -> Result<(U256, U256), Error> {
        let (allowance, balance) = futures::try_join!(
            self.allowance(token, paymaster),
            self.balance(Asset::Token(token))
        )?;
        Ok((allowance, balance.amount))
    }

    /// Stores the allowance and the balance in the charge, and checks them. Most chains have the token
    /// paymaster at one address. If the paymaster has another address, its allowance is requested again.
    async fn know(
        &self,
        charge: &mut Charge<'_>,
        held: (U256, U256),
        (expected, paymaster): (Address, Address),
    ) -> Result<(), Error> {
        (charge.allowance, charge.balance) = held;
        if paymaster != expected {
            charge.allowance = self.allowance(charge.payment.token, paymaster).await?;
        }
        charge.could_be_paid(paymaster)
    }
}

/// The expected paymaster, the service that has filled the operation, and the operation.
type Agreed = (Address, (Service, UserOperation));
