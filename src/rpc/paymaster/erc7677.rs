use alloy::{
    primitives::{Address, Bytes},
    rpc::client::RpcClient,
};
use serde_json::{Value, json};

use super::{LIMITS, OURS, TokenRate, is_left, named_paymaster, payment, unchanged};
use crate::{
    primitives::{EntryPoint, GasLimits, UserOpDraft, UserOperation},
    rpc::{Service, ServiceError, endpoint::Endpoint, user_op::WireUserOp},
};

/// A paymaster's service as [ERC-7677](https://eips.ethereum.org/EIPS/eip-7677) has it: a stub to estimate gas with,
/// then the real thing.
///
/// # Examples
///
/// ```no_run
/// use use_aa::{StateOverride, UserOpDraft, UserOperation};
/// use use_aa::rpc::{Bundler, Erc7677Paymaster, ServiceError};
///
/// async fn sponsor(
///     paymaster: Erc7677Paymaster,
///     bundler: Bundler,
///     draft: UserOpDraft,
/// ) -> Result<UserOperation, ServiceError> {
///     let context = serde_json::json!({});
///     let stub = paymaster.stub(&draft, &context).await?;
///     let gas = bundler.estimate(&draft, &stub.paymaster_and_data, &StateOverride::new()).await?;
///     let mut op = draft.fill(gas, stub.paymaster_and_data);
///     if !stub.is_final {
///         op.paymaster_and_data = paymaster.data(&op, &context).await?;
///     }
///     Ok(op)
/// }
/// ```
#[derive(Clone, Debug)]
pub struct Erc7677Paymaster {
    endpoint: Endpoint,
    entry_point: EntryPoint,
}

/// What a paymaster adds to an operation whose gas is to be estimated.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Stub {
    /// As long and as costly as the real thing.
    pub paymaster_and_data: Bytes,
    /// Whether it is the real thing already.
    pub is_final: bool,
}

impl Stub {
    /// The paymaster that it names; zero when it names none.
    #[must_use]
    pub fn paymaster(&self) -> Address {
        named_paymaster(&self.paymaster_and_data)
    }

    /// Whether a paymaster's agreement costs the gas that this stands in for: the same paymaster, as many bytes.
    #[must_use]
    pub fn is_like(&self, paymaster_and_data: &[u8]) -> bool {
        let stub = &self.paymaster_and_data;
        stub.len() == paymaster_and_data.len() && self.paymaster() == named_paymaster(paymaster_and_data)
    }
}

impl Erc7677Paymaster {
    /// The paymaster behind a client of one's own.
    #[must_use]
    pub const fn over(client: RpcClient, entry_point: EntryPoint) -> Self {
        Self {
            endpoint: Endpoint::new(Service::Paymaster, client),
            entry_point,
        }
    }

    /// The same paymaster, for another entry point.
    #[must_use]
    pub const fn at(mut self, entry_point: EntryPoint) -> Self {
        self.entry_point = entry_point;
        self
    }

    /// The client below, for questions of one's own.
    #[must_use]
    pub const fn client(&self) -> &RpcClient {
        self.endpoint.client()
    }

    /// A stand-in for estimating gas. `context` is what this paymaster wants to know: an object, empty for most.
    ///
    /// # Errors
    ///
    /// When the paymaster fails or refuses to pay.
    pub async fn stub(&self, draft: &UserOpDraft, context: &Value) -> Result<Stub, ServiceError> {
        let op = WireUserOp::draft(draft).gas(GasLimits::default());
        // The limits are yet unknown, so there is none to change.
        self.ask("pm_getPaymasterStubData", op, context, &[OURS]).await
    }

    /// The paymaster's agreement to an operation as it stands; it ends with any change.
    ///
    /// # Errors
    ///
    /// When the paymaster fails, refuses to pay or tries to change the operation.
    pub async fn data(&self, op: &UserOperation, context: &Value) -> Result<Bytes, ServiceError> {
        let op = WireUserOp::whole(op);
        let agreed = self
            .ask("pm_getPaymasterData", op, context, &[OURS, LIMITS])
            .await?;
        Ok(agreed.paymaster_and_data)
    }

    /// What it takes for gas in each of some tokens, as far as it takes them, one rate for each. The standard has no word for it; this
    /// is [Pimlico's](https://docs.pimlico.io/references/paymaster/erc20-paymaster/endpoints/pimlico_getTokenQuotes).
    ///
    /// # Errors
    ///
    /// When the paymaster fails.
    pub async fn rates(&self, tokens: &[Address]) -> Result<Vec<TokenRate>, ServiceError> {
        let params = vec![
            json!({ "tokens": tokens }),
            json!(self.entry_point.address),
            json!(format!("{:#x}", self.entry_point.chain_id)),
        ];
        self.endpoint
            .ask("pimlico_getTokenQuotes", params, |answer| {
                let rates = answer.field("quotes").members()?.map(TokenRate::read);
                let mut rates = rates.collect::<Result<Vec<_>, _>>()?;
                let mut left = tokens.to_vec();
                rates.retain(|rate| is_left(&mut left, rate.token));
                Ok(rates)
            })
            .await
    }

    async fn ask(
        &self,
        method: &'static str,
        op: WireUserOp,
        context: &Value,
        fixed: &[&[&'static str]],
    ) -> Result<Stub, ServiceError> {
        let params = vec![
            op.clone().into(),
            json!(self.entry_point.address),
            json!(format!("{:#x}", self.entry_point.chain_id)),
            context.clone(),
        ];
        self.endpoint
            .ask(method, params, |answer| {
                for fields in fixed {
                    unchanged(answer, &op.0, fields)?;
                }
                Ok(Stub {
                    paymaster_and_data: payment(answer)?,
                    is_final: answer
                        .object()?
                        .get("isFinal")
                        .and_then(Value::as_bool)
                        .unwrap_or_default(),
                })
            })
            .await
    }
}
