use alloy::{
    primitives::{Address, Bytes},
    rpc::client::RpcClient,
};
use serde_json::{Map, Value, json};

use super::{LIMITS, OURS, PaymasterContext, TokenQuote, is_left, payment, unchanged};
use crate::{
    primitives::{GasLimits, UserOpDraft},
    rpc::{
        Failure, Service, ServiceError,
        endpoint::Endpoint,
        part::{Notation, Part},
        user_op::{WireUserOp, gas_limits},
    },
};

/// A client of Biconomy's V2 paymaster service, which can estimate gas and sponsor an operation in one call.
///
/// # Examples
///
/// ```no_run
/// use use_aa::{PaymasterContext, UserOpDraft, UserOperation};
/// use use_aa::rpc::{BiconomyPaymaster, ServiceError, SponsorMode};
///
/// async fn sponsor(paymaster: BiconomyPaymaster, draft: UserOpDraft) -> Result<UserOperation, ServiceError> {
///     let nothing = PaymasterContext::new();
///     let agreed = paymaster.sponsor(&draft, None, SponsorMode::Sponsored, &nothing).await?;
///     Ok(draft.fill(agreed.gas, agreed.paymaster_and_data))
/// }
/// ```
#[derive(Clone, Debug)]
pub struct BiconomyPaymaster(Endpoint);

/// The payer behind a sponsored operation: the dapp or the account.
///
/// # Examples
///
/// Choose the cheapest of the quoted tokens:
///
/// ```
/// use use_aa::{TokenQuote, rpc::SponsorMode};
///
/// fn cheapest(quotes: &[TokenQuote], worth: impl Fn(&TokenQuote) -> u64) -> Option<SponsorMode> {
///     let quote = quotes.iter().min_by_key(|quote| worth(quote))?;
///     Some(SponsorMode::Token(quote.token))
/// }
///
/// assert_eq!(cheapest(&[], |_| 0), None);
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum SponsorMode {
    /// The dapp pays, from its paymaster deposit.
    Sponsored,
    /// The account pays, in this ERC-20 token.
    Token(Address),
}

/// The paymaster data and gas limits of a sponsored operation. Any change of the operation invalidates the data.
///
/// # Examples
///
/// The first 20 bytes name the paymaster:
///
/// ```
/// use alloy::primitives::bytes;
/// use use_aa::{GasLimits, contracts::modules::TOKEN_PAYMASTER, rpc::Sponsorship};
///
/// let agreed = Sponsorship {
///     paymaster_and_data: bytes!("00000f7365ca6c59a2c93719ad53d567ed49c14c" "1234"),
///     gas: GasLimits::default(),
/// };
/// assert!(agreed.paymaster_and_data.starts_with(TOKEN_PAYMASTER.as_slice()));
/// ```
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Sponsorship {
    /// The paymaster's address and its signature.
    pub paymaster_and_data: Bytes,
    /// The gas limits that the paymaster agrees to, in units of gas.
    pub gas: GasLimits,
}

impl BiconomyPaymaster {
    /// Creates a client of the paymaster service over an existing alloy [`RpcClient`].
    #[must_use]
    pub const fn over(client: RpcClient) -> Self {
        Self(Endpoint::new(Service::Paymaster, client).notation(Notation::Any))
    }

    /// Returns the alloy client, for requests of other methods.
    #[must_use]
    pub const fn client(&self) -> &RpcClient {
        self.0.client()
    }

    /// Requests the paymaster's data for an operation (`pm_sponsorUserOperation`).
    ///
    /// Without gas limits the paymaster estimates them in the same call, which saves a round trip. The paymaster must
    /// keep given limits.
    ///
    /// # Errors
    ///
    /// Fails if the paymaster fails, refuses to pay or tries to change the operation.
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
    /// Returns the paymaster's fee quotes for an operation in ERC-20 tokens (`pm_getFeeQuoteOrData`).
    ///
    /// There is one quote for each given token that the paymaster accepts, or for every accepted token if the list is
    /// empty. Without gas limits the paymaster estimates them.
    ///
    /// # Errors
    ///
    /// Fails if the paymaster fails.
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
                let quotes = quotes.map(|quote| TokenQuote::read(quote, paymaster));
                let mut quotes = quotes.collect::<Result<Vec<_>, _>>()?;
                if !tokens.is_empty() {
                    let mut left = tokens.to_vec();
                    quotes.retain(|quote| is_left(&mut left, quote.token));
                }
                Ok(quotes)
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

/// Returns the request parameters that all modes share.
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
