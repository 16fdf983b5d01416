use std::sync::Arc;

use alloy::primitives::Address;

use super::{
    LIMITS, OURS, OWN_LIMITS, OneCallPaymaster, Paymaster, PaymasterContext, Protocol, SponsorMode,
    Sponsorship, TokenQuote, is_left, payment, unchanged,
};
use crate::{
    platform::Json,
    primitives::{EntryPoint, GasLimits, UserOpDraft},
    rpc::{
        Failure, Question,
        part::Part,
        user_op::{WireUserOp, gas_limits},
    },
};

/// Biconomy's V2 paymaster service, which can estimate gas and sponsor an operation in one call.
///
/// # Examples
///
/// ```no_run
/// use use_aa::{PaymasterContext, UserOpDraft, UserOperation};
/// use use_aa::rpc::{BiconomyPaymaster, OneCallPaymaster, PaymasterClient, ServiceError, SponsorMode};
///
/// async fn sponsor(
///     client: PaymasterClient,
///     paymaster: BiconomyPaymaster,
///     draft: UserOpDraft,
/// ) -> Result<UserOperation, ServiceError> {
///     let nothing = PaymasterContext::new();
///     let agreed = client.ask(paymaster.sponsor(&draft, None, SponsorMode::Sponsored, &nothing)).await?;
///     Ok(draft.fill(agreed.gas, Some(agreed.paymaster)))
/// }
/// ```
#[derive(Clone, Copy, Debug)]
pub struct BiconomyPaymaster {
    entry_point: EntryPoint,
}

impl BiconomyPaymaster {
    /// Creates the dialect for an entry point.
    #[must_use]
    pub const fn new(entry_point: EntryPoint) -> Self {
        Self { entry_point }
    }

    fn wire(&self, draft: &UserOpDraft, gas: Option<GasLimits>) -> WireUserOp {
        let op = WireUserOp::draft(draft, &self.entry_point).signature(&draft.dummy_signature);
        match gas {
            Some(gas) => op.gas(gas, &self.entry_point),
            None => op,
        }
    }
}

impl Paymaster for BiconomyPaymaster {
    fn protocol(&self) -> Protocol<'_> {
        Protocol::OneCall(self)
    }

    fn at(&self, entry_point: EntryPoint) -> Arc<dyn Paymaster> {
        Arc::new(Self::new(entry_point))
    }
}

impl OneCallPaymaster for BiconomyPaymaster {
    fn method(&self) -> &'static str {
        "pm_sponsorUserOperation"
    }

    fn sponsor<'a>(
        &'a self,
        draft: &'a UserOpDraft,
        gas: Option<GasLimits>,
        mode: SponsorMode,
        context: &'a PaymasterContext,
    ) -> Question<'a, Sponsorship> {
        let op = self.wire(draft, gas);
        let mut terms = terms(gas, context);
        match mode {
            SponsorMode::Sponsored => terms["mode"] = "SPONSORED".into(),
            SponsorMode::Token(token) => {
                terms["mode"] = "ERC20".into();
                terms["tokenInfo"] = Json::object([("feeTokenAddress", token.into())]);
            }
        }
        let params = vec![op.0.clone(), terms];
        let read = move |answer: Part<'_>| agreed(answer, &op.0, gas, &self.entry_point);
        Question::new(self.method(), params, read)
    }

    /// One quote for each given token that the paymaster accepts, or for every accepted token if the list is empty
    /// (`pm_getFeeQuoteOrData`).
    fn quotes<'a>(
        &'a self,
        draft: &'a UserOpDraft,
        gas: Option<GasLimits>,
        tokens: &'a [Address],
        context: &'a PaymasterContext,
    ) -> Question<'a, Vec<TokenQuote>> {
        let op = self.wire(draft, gas);
        let mut terms = terms(gas, context);
        terms["mode"] = "ERC20".into();
        terms["tokenInfo"] = Json::object([("tokenList", tokens.iter().copied().collect())]);
        Question::new("pm_getFeeQuoteOrData", vec![op.0, terms], |answer| {
            let paymaster = answer.field("paymasterAddress").hex()?;
            let (mut left, mut quotes) = (tokens.to_vec(), Vec::new());
            for quote in answer.field("feeQuotes").members()? {
                let quote = TokenQuote::read(quote, paymaster)?;
                if tokens.is_empty() || is_left(&mut left, quote.token) {
                    quotes.push(quote);
                }
            }
            Ok(quotes)
        })
    }
}

fn agreed(
    answer: Part<'_>,
    asked: &Json,
    gas: Option<GasLimits>,
    entry_point: &EntryPoint,
) -> Result<Sponsorship, Failure> {
    unchanged(answer, asked, OURS)?;
    unchanged(answer, asked, LIMITS)?;
    unchanged(answer, asked, OWN_LIMITS)?;
    Ok(Sponsorship {
        paymaster: payment(answer)?,
        gas: gas.map_or_else(|| gas_limits(answer, entry_point), Ok)?,
    })
}

/// Returns the request parameters that all modes share.
fn terms(gas: Option<GasLimits>, context: &PaymasterContext) -> Json {
    let account = Json::object([("name", "BICONOMY".into()), ("version", "2.0.0".into())]);
    let mut terms = Json::object([
        ("calculateGasLimits", gas.is_none().into()),
        ("sponsorshipInfo", Json::object([("smartAccountInfo", account)])),
    ]);
    if context.has_fields() {
        terms["sponsorshipInfo"]["webhookData"] = context.fields();
    }
    if let Some(seconds) = context.expiry_in_seconds() {
        terms["expiryDuration"] = seconds.into();
    }
    terms
}

/// Returns the chain id in the URL of a Biconomy paymaster: `…/api/v1/{chain id}/{key}`.
///
/// # Examples
///
/// ```
/// use use_aa::rpc::paymaster_chain_id;
///
/// assert_eq!(paymaster_chain_id("https://paymaster.example/api/v1/80002/my-key"), Some(80002));
/// assert_eq!(paymaster_chain_id("https://paymaster.example/api/80002/my-key"), None);
/// ```
#[must_use]
pub fn paymaster_chain_id(url: &str) -> Option<u64> {
    let mut last = [""; 3];
    for part in url.split('/') {
        if let ["api", version, chain_id] = last
            && version.strip_prefix('v').and_then(number).is_some()
            && let Some(chain_id) = number(chain_id)
        {
            return Some(chain_id);
        }
        last = [last[1], last[2], part];
    }
    None
}

fn number(text: &str) -> Option<u64> {
    let is_number = !text.is_empty() && text.bytes().all(|digit| digit.is_ascii_digit());
    is_number.then(|| text.parse().ok())?
}
