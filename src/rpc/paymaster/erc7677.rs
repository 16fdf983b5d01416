use alloy::{
    primitives::{Bytes, U256},
    rpc::client::RpcClient,
};
use serde_json::{Map, Value};

use super::{LIMITS, OURS, payment, unchanged};
use crate::{
    primitives::{EntryPoint, GasLimits, UserOpDraft, UserOperation},
    rpc::{
        Failure, Service, ServiceError,
        endpoint::Endpoint,
        user_op::{WireUserOp, fields},
    },
};

/// A paymaster's service as [ERC-7677](https://eips.ethereum.org/EIPS/eip-7677) has it: a stub to estimate gas with,
/// then the real thing.
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

impl Erc7677Paymaster {
    /// The paymaster behind a client of one's own.
    #[must_use]
    pub const fn over(client: RpcClient, entry_point: EntryPoint) -> Self {
        Self {
            endpoint: Endpoint::new(Service::Paymaster, client),
            entry_point,
        }
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
        let op = WireUserOp::draft(draft).gas(GasLimits::default()).unsigned();
        // The limits are yet unknown, so there is none to change.
        let (answer, paymaster_and_data) = self.ask("pm_getPaymasterStubData", op, context, &[OURS]).await?;
        Ok(Stub {
            paymaster_and_data,
            is_final: answer.get("isFinal").and_then(Value::as_bool).unwrap_or_default(),
        })
    }

    /// The paymaster's agreement to an operation as it stands; it ends with any change.
    ///
    /// # Errors
    ///
    /// When the paymaster fails, refuses to pay or tries to change the operation.
    pub async fn data(&self, op: &UserOperation, context: &Value) -> Result<Bytes, ServiceError> {
        let op = WireUserOp::whole(op).paymaster_and_data(None);
        let (_, paymaster_and_data) = self
            .ask("pm_getPaymasterData", op, context, &[OURS, LIMITS])
            .await?;
        Ok(paymaster_and_data)
    }

    async fn ask(
        &self,
        method: &'static str,
        op: WireUserOp<'_>,
        context: &Value,
        fixed: &[&[&'static str]],
    ) -> Result<(Map<String, Value>, Bytes), ServiceError> {
        let failed = |failure: Failure| self.endpoint.failed(method, failure);
        let asked = fields(&op).map_err(failed)?;
        let chain_id = U256::from(self.entry_point.chain_id);
        let answer: Map<String, Value> = self
            .endpoint
            .ask(method, (&op, self.entry_point.address, chain_id, context))
            .await?;
        let checked = || {
            for fields in fixed {
                unchanged(&answer, &asked, fields)?;
            }
            payment(&answer)
        };
        let paymaster_and_data = checked().map_err(failed)?;
        Ok((answer, paymaster_and_data))
    }
}
