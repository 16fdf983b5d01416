use alloy::primitives::{Address, U256};

use super::SmartAccountClient;
use crate::{
    account::OperationSigner,
    contracts::token::{Erc20, approvals},
    error::{Error, ErrorKind},
    pipeline::UserOpOptions,
    platform::{self, BoxFuture, Json},
    primitives::{Call, Fees, GasLimits, UserOpDraft},
    rpc::{Failure, PaymasterContext, ServiceError, TOKEN_PAYMASTER, TokenQuote, TokenRate},
    services::{AnyPayer, StubData},
};

/// A gas estimate of the owner's calls, and its cost.
///
/// # Examples
///
/// ```no_run
/// use use_aa::{Call, Error, SmartAccountClient};
///
/// async fn print(client: SmartAccountClient, mint: Call) -> Result<(), Error> {
///     let estimate = client.gas_estimate(&[mint]).await?;
///     println!("{} units of gas, at most {} wei", estimate.gas.total(), estimate.cost);
///     Ok(())
/// }
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct GasEstimate {
    /// The limits, in units of gas.
    pub gas: GasLimits,
    /// The current fees per unit of gas, in wei.
    pub fees: Fees,
    /// The maximum cost of the operation, in wei.
    pub cost: U256,
}

impl SmartAccountClient {
    /// Estimates the gas of the owner's calls at current fees, including the deployment. Nothing is signed or
    /// sent.
    ///
    /// # Errors
    ///
    /// [`ErrorKind::NoCalls`]; [`ErrorKind::NoOwner`] when the account is not deployed and the client has no
    /// owner: the deployment needs the owner's address; otherwise [`Error`] when a service fails, or the
    /// calls would revert.
    pub async fn gas_estimate(&self, calls: &[Call]) -> Result<GasEstimate, Error> {
        self.gas_estimate_with(calls, &UserOpOptions::new()).await
    }

    /// Estimates the gas of the owner's calls with given margins or a state override. The payer does not
    /// affect the estimate.
    ///
    /// # Errors
    ///
    /// As [`gas_estimate`](Self::gas_estimate).
    pub async fn gas_estimate_with(
        &self,
        calls: &[Call],
        options: &UserOpOptions,
    ) -> Result<GasEstimate, Error> {
        let draft = self.draft(calls).await?;
        let gas = self.pipeline.services.limits_for_nothing(&draft, options).await?;
        let fees = draft.fees;
        let cost = gas.total().saturating_mul(fees.max_fee_per_gas);
        Ok(GasEstimate { gas, fees, cost })
    }

    /// Returns the current cost of the owner's calls in each token that the paymaster accepts, including the
    /// approval. A quote can be used as a [`Payment`](super::Payment). Nothing is signed or sent.
    ///
    /// # Errors
    ///
    /// [`ErrorKind::NoCalls`], [`ErrorKind::NoPaymaster`]; otherwise [`Error`] when a service fails, or the
    /// calls would revert.
    pub async fn token_fees(&self, calls: &[Call], tokens: &[Address]) -> Result<Vec<TokenQuote>, Error> {
        let paymaster = self.pipeline.services.payer()?;
        let Some(token) = tokens.first() else {
            return Ok(Vec::new());
        };
        if calls.is_empty() {
            return Err(Error::from(ErrorKind::NoCalls));
        }
        let resets = self.pipeline.cache.lock().resets.contains(token);
        let quotes = self.quotes(&paymaster, calls, tokens, *token, resets).await;
        let refusal = quotes.as_ref().err().and_then(Error::service);
        match refusal.and_then(ServiceError::refusal) {
            // The token may refuse to change an allowance.
            Some(refusal) if !resets && refusal.may_be_of_call() => {
                let again = self.quotes(&paymaster, calls, tokens, *token, true).await;
                if again.is_ok() {
                    self.pipeline.cache.lock().record_reset(*token);
                }
                again.or(quotes)
            }
            _ => quotes,
        }
    }

    fn quotes<'a>(
        &'a self,
        paymaster: &'a AnyPayer<'_>,
        calls: &'a [Call],
        tokens: &'a [Address],
        approved: Address,
        resets: bool,
    ) -> BoxFuture<'a, Result<Vec<TokenQuote>, Error>> {
        Box::pin(async move {
            let approvals = approvals(approved, TOKEN_PAYMASTER, U256::MAX, resets);
            let draft = self.draft(&[&approvals, calls].concat()).await?;
            match paymaster {
                AnyPayer::OneCall(paymaster) => {
                    let context = PaymasterContext::new();
                    Ok(paymaster.quotes(&draft, None, tokens, &context).await?)
                }
                AnyPayer::StubData(paymaster) => self.quotes_by_rate(paymaster, &draft, tokens).await,
            }
        })
    }

    async fn quotes_by_rate(
        &self,
        paymaster: &StubData<'_>,
        draft: &UserOpDraft,
        tokens: &[Address],
    ) -> Result<Vec<TokenQuote>, Error> {
        // The gas is about the same for every payer, and the account need not hold the tokens yet.
        let no_context = Json::object([]);
        let options = UserOpOptions::new();
        // A quote is often followed by payment in that token, which needs the token's stub data.
        let contexts = tokens
            .iter()
            .map(|token| Json::object([("token", (*token).into())]))
            .collect::<Vec<_>>();
        let learn =
            |context| -> BoxFuture<'_, ()> { Box::pin(self.pipeline.services.fetch_stub(draft, context)) };
        let learned = platform::join_all(contexts.iter().map(learn));
        let (rates, stubbed, _learned) = futures::join!(
            paymaster.rates(tokens),
            self.pipeline
                .services
                .stubbed(paymaster, draft, &no_context, &options),
            learned,
        );
        let (rates, gas) = (rates?, stubbed?.gas);
        let quotes = rates.into_iter().map(|rate| self.quote(rate, gas, draft.fees));
        platform::join_all(quotes).await.into_iter().collect()
    }

    fn quote(&self, rate: TokenRate, gas: GasLimits, fees: Fees) -> BoxFuture<'_, Result<TokenQuote, Error>> {
        Box::pin(async move {
            let (symbol, decimals) = futures::join!(
                self.pipeline
                    .services
                    .node
                    .call(rate.token, &Erc20::symbolCall {}),
                self.pipeline
                    .services
                    .node
                    .call(rate.token, &Erc20::decimalsCall {}),
            );
            let symbol = match symbol {
                // A token may have no symbol, and older tokens return it as `bytes32`.
                Err(error) if is_of_the_answer(error.failure()) => String::new(),
                symbol => symbol?,
            };
            let decimals = decimals?;
            // The token paymaster's validation uses more gas than that of the paymaster used for the
            // estimate.
            let max_fee = rate.max_fee(gas, fees);
            let max_fee = max_fee.saturating_add(max_fee >> 3);
            Ok(rate.quote(&symbol, decimals, max_fee))
        })
    }

    /// Builds the draft of an operation that makes the owner's calls.
    async fn draft(&self, calls: &[Call]) -> Result<UserOpDraft, Error> {
        if calls.is_empty() {
            return Err(Error::from(ErrorKind::NoCalls));
        }
        let deployed = self.pipeline.ready().await?;
        if !deployed {
            self.signer()?;
        }
        let nonce = self.pipeline.fresh_nonce(OperationSigner::Owner)?;
        // Nothing is sent with it.
        self.pipeline.cache.lock().lanes.give_back(nonce);
        Ok(UserOpDraft {
            sender: self.address(),
            nonce,
            deployment: self.pipeline.deployment(deployed),
            call_data: self.pipeline.account.call_data(calls),
            fees: self.pipeline.services.fees().await?,
            dummy_signature: self.pipeline.account.dummy_signature(),
        })
    }
}

/// Returns true if the node works and the contract's answer is at fault.
const fn is_of_the_answer(failure: &Failure) -> bool {
    matches!(failure, Failure::Malformed(_) | Failure::Refused(_))
}

#[cfg(test)]
mod tests {
    use alloy::{
        primitives::{address, bytes},
        sol_types::SolCall,
    };
    use serde_json::{Value, json};

    use super::*;
    use crate::{client::testing::account, rpc::testing::Reply};

    const DOLLAR: Address = address!("00000000000000000000000000000000000000aa");
    const MAKER: Address = address!("00000000000000000000000000000000000000bb");

    fn rate(token: Address) -> Value {
        json!({"token": token, "paymaster": TOKEN_PAYMASTER, "exchangeRate": "0x1", "postOpGas": "0x1"})
    }

    /// Returns the quotes, where the second token replies to `symbol` with the given reply.
    async fn quotes(symbol: Reply) -> Result<Vec<(Address, String)>, Error> {
        let (_service, client) = account(false, move |method, params| match method {
            "pimlico_getTokenQuotes" => Some(Reply::Result(json!({"quotes": [rate(DOLLAR), rate(MAKER)]}))),
            "eth_call" if params[0]["data"] == json!(bytes!("95d89b41")) => {
                match params[0]["to"] == json!(MAKER) {
                    true => Some(symbol.clone()),
                    false => {
                        let text = Erc20::symbolCall::abi_encode_returns(&"USD".to_owned());
                        Some(Reply::Result(json!(alloy::hex::encode_prefixed(text))))
                    }
                }
            }
            _ => None,
        })
        .await;
        let call = Call::transfer(Address::ZERO, U256::ZERO);
        let quotes = client.token_fees(&[call], &[DOLLAR, MAKER]).await?;
        Ok(quotes
            .into_iter()
            .map(|quote| (quote.token, quote.symbol))
            .collect())
    }

    #[tokio::test]
    async fn token_without_a_text_for_a_symbol_is_quoted_without_one() {
        let expected = [(DOLLAR, "USD".to_owned()), (MAKER, String::new())];
        let bytes = "0x4d4b520000000000000000000000000000000000000000000000000000000000"; // MKR

        for symbol in [
            Reply::Result(json!(bytes)),
            Reply::Result(json!("0x")),
            Reply::Error(200, json!({"code": 3, "message": "execution reverted"})),
        ] {
            assert_eq!(quotes(symbol.clone()).await.unwrap(), expected, "{symbol:?}");
        }
    }

    #[tokio::test]
    async fn node_that_fails_is_no_token_without_a_symbol() {
        let error = quotes(Reply::Body(500, String::new())).await.unwrap_err();

        assert!(matches!(error.kind(), ErrorKind::Service(_)), "{error}");
    }
}
