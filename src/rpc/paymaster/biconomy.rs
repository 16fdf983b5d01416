use alloy::{
    primitives::{Address, Bytes},
    rpc::client::RpcClient,
};
use serde::Deserialize;
use serde_json::{Map, Value, json};

use super::{LIMITS, OURS, payment, unchanged};
use crate::{
    primitives::{GasLimits, UserOpDraft},
    rpc::{
        Failure, Service, ServiceError,
        endpoint::Endpoint,
        quantity::Notation,
        user_op::{WireEstimate, WireUserOp, fields},
    },
};

/// Biconomy's V2 paymaster service, which can estimate gas and sponsor in one call.
#[derive(Clone, Debug)]
pub struct BiconomyPaymaster(Endpoint);

/// Who pays in the end.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum SponsorMode {
    /// The dapp, from its deposit.
    Sponsored,
    /// The account, in this token.
    Token(Address),
}

/// A paymaster's agreement to an operation, which ends with any change of it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Sponsorship {
    /// The paymaster's address and its signature.
    pub paymaster_and_data: Bytes,
    /// The gas limits that it agrees to.
    pub gas: GasLimits,
}

impl BiconomyPaymaster {
    /// The paymaster behind a client of one's own.
    #[must_use]
    pub const fn over(client: RpcClient) -> Self {
        Self(Endpoint::new(Service::Paymaster, client))
    }

    /// The client below, for questions of one's own.
    #[must_use]
    pub const fn client(&self) -> &RpcClient {
        self.0.client()
    }

    /// The paymaster's agreement to pay. Without gas limits it estimates them too, which saves a round trip; given
    /// ones it must keep.
    ///
    /// # Errors
    ///
    /// When the paymaster fails, refuses to pay or tries to change the operation.
    pub async fn sponsor(
        &self,
        draft: &UserOpDraft,
        gas: Option<GasLimits>,
        mode: SponsorMode,
    ) -> Result<Sponsorship, ServiceError> {
        const METHOD: &str = "pm_sponsorUserOperation";
        let mut op = WireUserOp::draft(draft);
        if let Some(gas) = gas {
            op = op.gas(gas);
        }
        let failed = |failure: Failure| self.0.failed(METHOD, failure);
        let asked = fields(&op).map_err(failed)?;
        let answer: Map<String, Value> = self.0.ask(METHOD, (&op, terms(mode, gas.is_none()))).await?;
        agreed(&answer, &asked, gas).map_err(failed)
    }
}

fn agreed(
    answer: &Map<String, Value>,
    asked: &Map<String, Value>,
    gas: Option<GasLimits>,
) -> Result<Sponsorship, Failure> {
    unchanged(answer, asked, OURS)?;
    unchanged(answer, asked, LIMITS)?;
    let paymaster_and_data = payment(answer)?;
    let gas = match gas {
        Some(gas) => gas,
        None => WireEstimate::deserialize(answer)
            .map_err(|error| Failure::Malformed(error.to_string()))?
            .read(Notation::Any)?,
    };
    Ok(Sponsorship {
        paymaster_and_data,
        gas,
    })
}

fn terms(mode: SponsorMode, calculate_gas_limits: bool) -> Value {
    let mut terms = json!({
        "calculateGasLimits": calculate_gas_limits,
        "sponsorshipInfo": {"smartAccountInfo": {"name": "BICONOMY", "version": "2.0.0"}},
    });
    match mode {
        SponsorMode::Sponsored => terms["mode"] = "SPONSORED".into(),
        SponsorMode::Token(token) => {
            terms["mode"] = "ERC20".into();
            terms["tokenInfo"] = json!({"feeTokenAddress": token});
        }
    }
    terms
}
