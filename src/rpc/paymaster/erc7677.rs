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

/// A client of an [ERC-7677](https://eips.ethereum.org/EIPS/eip-7677) paymaster service: stub data for the gas
/// estimation, then the final paymaster data.
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

/// The paymaster's stub data, for an operation whose gas is to be estimated.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Stub {
    /// The stub data, as long and as costly as the final paymaster data.
    pub paymaster_and_data: Bytes,
    /// True when the stub data is the final paymaster data already.
    pub is_final: bool,
}

impl Stub {
    /// Returns the paymaster contract in the stub data; the zero address if there is none.
    #[must_use]
    pub fn paymaster(&self) -> Address {
        named_paymaster(&self.paymaster_and_data)
    }

    /// Returns true if final paymaster data costs the gas of the stub data: the same paymaster and length.
    #[must_use]
    pub fn is_like(&self, paymaster_and_data: &[u8]) -> bool {
        let stub = &self.paymaster_and_data;
        stub.len() == paymaster_and_data.len() && self.paymaster() == named_paymaster(paymaster_and_data)
    }
}

impl Erc7677Paymaster {
    /// Creates a client of the paymaster service over an existing alloy [`RpcClient`].
    #[must_use]
    pub const fn over(client: RpcClient, entry_point: EntryPoint) -> Self {
        Self {
            endpoint: Endpoint::new(Service::Paymaster, client),
            entry_point,
        }
    }

    /// Returns the same client for another entry point.
    #[must_use]
    pub const fn at(mut self, entry_point: EntryPoint) -> Self {
        self.entry_point = entry_point;
        self
    }

    /// Returns the alloy client, for requests of other methods.
    #[must_use]
    pub const fn client(&self) -> &RpcClient {
        self.endpoint.client()
    }

    /// Requests stub data for the gas estimation (`pm_getPaymasterStubData`). `context` is an object with the service's
    /// own fields, empty for most services.
    ///
    /// # Errors
    ///
    /// Fails if the paymaster fails or refuses to pay.
    pub async fn stub(&self, draft: &UserOpDraft, context: &Value) -> Result<Stub, ServiceError> {
        let op = WireUserOp::draft(draft).gas(GasLimits::default());
        // The gas limits are not known yet, so the paymaster cannot change them.
        self.ask("pm_getPaymasterStubData", op, context, &[OURS]).await
    }

    /// Requests the final paymaster data of an operation (`pm_getPaymasterData`). Any change of the operation
    /// invalidates the data.
    ///
    /// # Errors
    ///
    /// Fails if the paymaster fails, refuses to pay or tries to change the operation.
    pub async fn data(&self, op: &UserOperation, context: &Value) -> Result<Bytes, ServiceError> {
        let op = WireUserOp::whole(op);
        let agreed = self
            .ask("pm_getPaymasterData", op, context, &[OURS, LIMITS])
            .await?;
        Ok(agreed.paymaster_and_data)
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
