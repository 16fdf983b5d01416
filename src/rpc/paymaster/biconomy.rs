use alloy::{
    primitives::{Address, Bytes},
    rpc::client::RpcClient,
};
use serde_json::{Map, Value, json};

use super::{LIMITS, OURS, PaymasterContext, TokenQuote, payment, unchanged};
use crate::{
    primitives::{GasLimits, UserOpDraft},
    rpc::{
        Failure, Service, ServiceError,
        endpoint::Endpoint,
        part::{Notation, Part},
        user_op::{WireUserOp, gas_limits},
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
        Self(Endpoint::new(Service::Paymaster, client).notation(Notation::Any))
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
        context: &PaymasterContext,
    ) -> Result<Sponsorship, ServiceError> {
        let op = wire(draft, gas);
        let mut terms = terms(gas, context);
        match mode {
            SponsorMode::Sponsored => terms["mode"] = "SPONSORED".into(),
            SponsorMode::Token(token) => {
                terms["mode"] = "ERC20".into();
                terms["tokenInfo"] = json!({"feeTokenAddress": token});
            }
        }
        let params = vec![op.clone().into(), terms];
        self.0
            .ask("pm_sponsorUserOperation", params, |answer| {
                agreed(answer, &op.0, gas)
            })
            .await
    }
}

impl BiconomyPaymaster {
    /// What it takes for an operation in each of some tokens, as far as it takes them; in any it takes where none is
    /// named. Without gas limits it estimates them.
    ///
    /// # Errors
    ///
    /// When the paymaster fails.
    pub async fn quotes(
        &self,
        draft: &UserOpDraft,
        gas: Option<GasLimits>,
        tokens: &[Address],
        context: &PaymasterContext,
    ) -> Result<Vec<TokenQuote>, ServiceError> {
        let op = wire(draft, gas);
        let mut terms = terms(gas, context);
        terms["mode"] = "ERC20".into();
        terms["tokenInfo"] = json!({ "tokenList": tokens });
        self.0
            .ask("pm_getFeeQuoteOrData", vec![op.into(), terms], |answer| {
                let paymaster = answer.field("paymasterAddress").hex()?;
                let quotes = answer.field("feeQuotes").members()?;
                quotes.map(|quote| TokenQuote::read(quote, paymaster)).collect()
            })
            .await
    }
}

fn agreed(
    answer: Part<'_>,
    asked: &Map<String, Value>,
    gas: Option<GasLimits>,
) -> Result<Sponsorship, Failure> {
    unchanged(answer, asked, OURS)?;
    unchanged(answer, asked, LIMITS)?;
    Ok(Sponsorship {
        paymaster_and_data: payment(answer)?,
        gas: gas.map_or_else(|| gas_limits(answer), Ok)?,
    })
}

fn wire(draft: &UserOpDraft, gas: Option<GasLimits>) -> WireUserOp {
    let op = WireUserOp::draft(draft).signature(&draft.dummy_signature);
    match gas {
        Some(gas) => op.gas(gas),
        None => op,
    }
}

/// What is told whoever pays in the end.
fn terms(gas: Option<GasLimits>, context: &PaymasterContext) -> Value {
    let mut terms = json!({
        "calculateGasLimits": gas.is_none(),
        "sponsorshipInfo": {"smartAccountInfo": {"name": "BICONOMY", "version": "2.0.0"}},
    });
    if context.has_fields() {
        terms["sponsorshipInfo"]["webhookData"] = context.fields().into();
    }
    if let Some(seconds) = context.expiry_in_seconds() {
        terms["expiryDuration"] = seconds.into();
    }
    terms
}
