use std::sync::Arc;

use alloy::primitives::Address;

use super::{
    LIMITS, OURS, Paymaster, Protocol, Stub, StubDataPaymaster, TokenRate, is_left, payment, unchanged,
};
use crate::{
    platform::Json,
    primitives::{EntryPoint, GasLimits, PaymasterData, UserOpDraft, UserOperation},
    rpc::{Asked, Service, ServiceError, Transport, endpoint::Endpoint, user_op::WireUserOp},
};

/// A client of an [ERC-7677](https://eips.ethereum.org/EIPS/eip-7677) paymaster service: stub data for the gas
/// estimation, then the final paymaster data.
///
/// # Examples
///
/// ```no_run
/// use use_aa::{Json, StateOverride, UserOpDraft, UserOperation};
/// use use_aa::rpc::{Bundler, Erc7677Paymaster, ServiceError};
///
/// async fn sponsor(
///     paymaster: Erc7677Paymaster,
///     bundler: Bundler,
///     draft: UserOpDraft,
/// ) -> Result<UserOperation, ServiceError> {
///     let context = Json::object([]);
///     let stub = paymaster.stub(&draft, &context).await?;
///     let gas = bundler.estimate(&draft, Some(&stub.paymaster), &StateOverride::new()).await?;
///     let mut op = draft.fill(gas, Some(stub.paymaster));
///     if !stub.is_final {
///         op.paymaster = Some(paymaster.data(&op, &context).await?);
///     }
///     Ok(op)
/// }
/// ```
#[derive(Clone, Debug)]
pub struct Erc7677Paymaster {
    endpoint: Endpoint,
    entry_point: EntryPoint,
}

impl Erc7677Paymaster {
    /// Creates a client of the paymaster service over any [`Transport`].
    #[must_use]
    pub fn over(transport: impl Transport + 'static, entry_point: EntryPoint) -> Self {
        Self {
            endpoint: Endpoint::new(Service::Paymaster, transport),
            entry_point,
        }
    }

    /// Returns the same client for another entry point.
    #[must_use]
    pub const fn at(mut self, entry_point: EntryPoint) -> Self {
        self.entry_point = entry_point;
        self
    }

    /// Requests stub data for the gas estimation (`pm_getPaymasterStubData`). `context` is an object with the service's
    /// own fields, empty for most services.
    ///
    /// # Errors
    ///
    /// Fails if the paymaster fails or refuses to pay.
    pub fn stub<'a>(&'a self, draft: &'a UserOpDraft, context: &'a Json) -> Asked<'a, Stub> {
        let op = WireUserOp::draft(draft, &self.entry_point).gas(GasLimits::default());
        // The gas limits are not known yet, so the paymaster cannot change them.
        self.ask("pm_getPaymasterStubData", op, context, &[OURS])
    }

    /// Requests the final paymaster data of an operation (`pm_getPaymasterData`). Any change of the operation
    /// invalidates the data.
    ///
    /// # Errors
    ///
    /// Fails if the paymaster fails, refuses to pay or tries to change the operation.
    pub async fn data(&self, op: &UserOperation, context: &Json) -> Result<PaymasterData, ServiceError> {
        let op = WireUserOp::whole(op, &self.entry_point);
        let agreed = self
            .ask("pm_getPaymasterData", op, context, &[OURS, LIMITS])
            .await?;
        Ok(agreed.paymaster)
    }

    /// Returns the paymaster's exchange rates for gas in ERC-20 tokens, one for each given token that the paymaster
    /// accepts.
    ///
    /// ERC-7677 has no such method; this is
    /// [Pimlico's](https://docs.pimlico.io/references/paymaster/erc20-paymaster/endpoints/pimlico_getTokenQuotes).
    ///
    /// # Errors
    ///
    /// Fails if the paymaster fails.
    pub fn rates<'a>(&'a self, tokens: &'a [Address]) -> Asked<'a, Vec<TokenRate>> {
        let params = vec![
            Json::object([("tokens", tokens.iter().copied().collect())]),
            self.entry_point.address.into(),
            format!("{:#x}", self.entry_point.chain_id).into(),
        ];
        self.endpoint.ask("pimlico_getTokenQuotes", params, |answer| {
            let rates = answer.field("quotes").members()?.map(TokenRate::read);
            let mut rates = rates.collect::<Result<Vec<_>, _>>()?;
            let mut left = tokens.to_vec();
            rates.retain(|rate| is_left(&mut left, rate.token));
            Ok(rates)
        })
    }

    fn ask<'a>(
        &'a self,
        method: &'static str,
        op: WireUserOp,
        context: &'a Json,
        fixed: &'a [&'a [&'static str]],
    ) -> Asked<'a, Stub> {
        let params = vec![
            op.0.clone(),
            self.entry_point.address.into(),
            format!("{:#x}", self.entry_point.chain_id).into(),
            context.clone(),
        ];
        self.endpoint.ask(method, params, move |answer| {
            for fields in fixed {
                unchanged(answer, &op.0, fields)?;
            }
            Ok(Stub {
                paymaster: payment(answer)?,
                is_final: answer
                    .object()?
                    .get("isFinal")
                    .and_then(Json::as_bool)
                    .unwrap_or_default(),
            })
        })
    }
}

impl Paymaster for Erc7677Paymaster {
    fn protocol(&self) -> Protocol<'_> {
        Protocol::StubData(self)
    }

    fn at(&self, entry_point: EntryPoint) -> Arc<dyn Paymaster> {
        Arc::new(self.clone().at(entry_point))
    }
}

impl StubDataPaymaster for Erc7677Paymaster {
    fn method(&self) -> &'static str {
        "pm_getPaymasterData"
    }

    fn stub<'a>(&'a self, draft: &'a UserOpDraft, context: &'a Json) -> Asked<'a, Stub> {
        Self::stub(self, draft, context)
    }

    fn data<'a>(&'a self, op: &'a UserOperation, context: &'a Json) -> Asked<'a, PaymasterData> {
        Box::pin(Self::data(self, op, context))
    }

    fn rates<'a>(&'a self, tokens: &'a [Address]) -> Asked<'a, Vec<TokenRate>> {
        Self::rates(self, tokens)
    }
}
