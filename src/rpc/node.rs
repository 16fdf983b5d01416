use alloy::{
    primitives::{Address, Bytes, U256},
    rpc::client::RpcClient,
    sol_types::SolCall,
};
use futures::future::join;
use serde::{Deserialize, Serialize};
use serde_json::json;

use super::{
    Failure, Http, Service, ServiceError,
    endpoint::Endpoint,
    quantity::{Notation, Quantity},
};
use crate::primitives::Fees;

/// A node of the chain, asked for what an account needs to know.
#[derive(Clone, Debug)]
pub struct Node(Endpoint);

impl Node {
    /// The node at an address.
    #[must_use]
    pub fn new(http: impl Into<Http>) -> Self {
        Self::over(http.into().into_client())
    }

    /// The node behind a client of one's own.
    #[must_use]
    pub const fn over(client: RpcClient) -> Self {
        Self(Endpoint::new(Service::Node, client))
    }

    /// The client below, for questions of one's own; alloy's provider can be built on it.
    #[must_use]
    pub const fn client(&self) -> &RpcClient {
        self.0.client()
    }

    /// The chain it serves ([EIP-155](https://eips.ethereum.org/EIPS/eip-155)).
    ///
    /// # Errors
    ///
    /// When the node fails.
    pub async fn chain_id(&self) -> Result<u64, ServiceError> {
        self.0.chain_id().await
    }

    /// The code at an address; empty when nothing is deployed there.
    ///
    /// # Errors
    ///
    /// When the node fails.
    pub async fn code(&self, address: Address) -> Result<Bytes, ServiceError> {
        self.0.ask("eth_getCode", (address, "latest")).await
    }

    /// What an address holds, in wei.
    ///
    /// # Errors
    ///
    /// When the node fails.
    pub async fn balance(&self, address: Address) -> Result<U256, ServiceError> {
        self.quantity("eth_getBalance", (address, "latest")).await
    }

    /// What a contract's function answers, without a transaction.
    ///
    /// # Errors
    ///
    /// When the node fails, the call reverts, or there is no such contract or function.
    pub async fn call<C: SolCall>(&self, to: Address, call: &C) -> Result<C::Return, ServiceError> {
        const METHOD: &str = "eth_call";
        let data = Bytes::from(call.abi_encode());
        let answer: Bytes = self
            .0
            .ask(METHOD, (json!({"to": to, "data": data}), "latest"))
            .await?;
        C::abi_decode_returns(&answer).map_err(|error| {
            let why = if answer.is_empty() {
                format!(
                    "nothing came back from {to}: there is no such contract, or it lacks {}",
                    C::SIGNATURE
                )
            } else {
                format!("{} of {to} returns something else: {error}", C::SIGNATURE)
            };
            self.0.failed(METHOD, Failure::Malformed(why))
        })
    }

    /// What is to be paid for gas now: enough for the next blocks even if the base fee doubles.
    ///
    /// # Errors
    ///
    /// When the node fails.
    pub async fn fees(&self) -> Result<Fees, ServiceError> {
        let history = self
            .0
            .ask::<FeeHistory>("eth_feeHistory", ("0x1", "latest", [0.0; 0]));
        let tip = self.quantity("eth_maxPriorityFeePerGas", [0; 0]);
        match join(history, tip).await {
            (Ok(history), Ok(tip)) => self.dynamic_fees(&history, tip),
            // A chain without EIP-1559 does not know the methods.
            (Err(error), _) | (_, Err(error)) if error.refusal().is_some() => {
                let price = self.gas("eth_gasPrice", [0; 0]).await?;
                Ok(Fees {
                    max_fee_per_gas: price,
                    max_priority_fee_per_gas: price,
                })
            }
            (Err(error), _) | (_, Err(error)) => Err(error),
        }
    }

    fn dynamic_fees(&self, history: &FeeHistory, tip: U256) -> Result<Fees, ServiceError> {
        // The last entry is the base fee of the block to come.
        let base = history.base_fee_per_gas.last().ok_or(Failure::Missing);
        let base = base.and_then(|base| base.read_gas("baseFeePerGas", Notation::Standard));
        let base = base.map_err(|failure| self.0.failed("eth_feeHistory", failure))?;
        Ok(Fees {
            max_fee_per_gas: base.saturating_mul(U256::from(2)).saturating_add(tip),
            max_priority_fee_per_gas: tip,
        })
    }

    async fn gas(&self, method: &'static str, params: impl Serialize + Send) -> Result<U256, ServiceError> {
        let quantity: Quantity = self.0.ask(method, params).await?;
        quantity
            .read_gas("the price", Notation::Standard)
            .map_err(|failure| self.0.failed(method, failure))
    }

    async fn quantity(
        &self,
        method: &'static str,
        params: impl Serialize + Send,
    ) -> Result<U256, ServiceError> {
        let quantity: Quantity = self.0.ask(method, params).await?;
        quantity
            .read("the number", Notation::Standard)
            .map_err(|failure| self.0.failed(method, failure))
    }
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct FeeHistory {
    base_fee_per_gas: Vec<Quantity>,
}
