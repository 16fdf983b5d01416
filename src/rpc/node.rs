use std::ops::RangeInclusive;

use alloy::{
    primitives::{Address, B256, Bytes, LogData, TxHash, U256},
    rpc::client::RpcClient,
    sol_types::SolCall,
};
use futures::future::join;
use serde_json::{Value, json};

use super::{Failure, Http, Service, ServiceError, StateOverride, endpoint::Endpoint, part::Part, receipt};
use crate::primitives::{Fees, TransactionInclusion, UserOpLog};

/// A node of the chain, asked for what an account needs to know.
///
/// # Examples
///
/// ```no_run
/// use alloy::primitives::address;
/// use use_aa::rpc::{Node, ServiceError, ServiceUrl};
///
/// async fn look(url: ServiceUrl) -> Result<(), ServiceError> {
///     let node = Node::new(url);
///     let account = address!("58F903f277EFeDF01CF6939f64Af3B657AC4a9Af");
///     println!("{} wei on chain {}", node.balance(account).await?, node.chain_id().await?);
///     Ok(())
/// }
/// ```
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

    /// The number of the newest block.
    ///
    /// # Errors
    ///
    /// When the node fails.
    pub async fn block_number(&self) -> Result<u64, ServiceError> {
        self.0
            .ask("eth_blockNumber", vec![], |answer| answer.small_number())
            .await
    }

    /// The newest block: its number, and its time in seconds since 1970.
    ///
    /// # Errors
    ///
    /// When the node fails.
    pub async fn newest_block(&self) -> Result<(u64, u64), ServiceError> {
        let params = vec!["latest".into(), false.into()];
        let read = |block: Part<'_>| {
            let number = block.field("number").small_number()?;
            Ok((number, block.field("timestamp").small_number()?))
        };
        self.0.ask("eth_getBlockByNumber", params, read).await
    }

    /// The code at an address; empty when nothing is deployed there.
    ///
    /// # Errors
    ///
    /// When the node fails.
    pub async fn code(&self, address: Address) -> Result<Bytes, ServiceError> {
        self.0
            .ask("eth_getCode", at_latest(json!(address)), |answer| answer.hex())
            .await
    }

    /// What an address holds, in wei.
    ///
    /// # Errors
    ///
    /// When the node fails.
    pub async fn balance(&self, address: Address) -> Result<U256, ServiceError> {
        self.0
            .ask("eth_getBalance", at_latest(json!(address)), |answer| {
                answer.number()
            })
            .await
    }

    /// What a contract's function answers, without a transaction.
    ///
    /// # Errors
    ///
    /// When the node fails, the call reverts, or there is no such contract or function.
    pub async fn call<C: SolCall>(&self, to: Address, call: &C) -> Result<C::Return, ServiceError> {
        let data = Bytes::from(call.abi_encode());
        let params = at_latest(json!({"to": to, "data": data}));
        self.0
            .ask("eth_call", params, |answer| {
                let answer: Bytes = answer.hex()?;
                C::abi_decode_returns(&answer).map_err(|error| {
                    let why = if answer.is_empty() {
                        format!(
                            "nothing came back from {to}: there is no such contract, or it lacks {}",
                            C::SIGNATURE
                        )
                    } else {
                        format!("{} of {to} returns something else: {error}", C::SIGNATURE)
                    };
                    Failure::Malformed(why)
                })
            })
            .await
    }

    /// What a call answers, without a transaction, where the chain is taken to hold something else than it does.
    ///
    /// # Errors
    ///
    /// When the node fails, the call reverts, or the node takes no state override.
    pub async fn call_under(
        &self,
        to: Address,
        data: Bytes,
        state: &StateOverride,
    ) -> Result<Bytes, ServiceError> {
        let mut params = at_latest(json!({"to": to, "data": data}));
        if !state.is_empty() {
            params.push(state.as_json().clone());
        }
        self.0.ask("eth_call", params, |answer| answer.hex()).await
    }

    /// What a contract has logged since the chain began, oldest first.
    ///
    /// A log is admitted when each of its topics is the one at its place, or there is `None`. Public nodes often
    /// search no more than the latest blocks.
    ///
    /// # Errors
    ///
    /// When the node fails, or refuses to search that far.
    pub async fn logs(
        &self,
        contract: Address,
        topics: &[Option<B256>],
    ) -> Result<Vec<LogData>, ServiceError> {
        let filter = json!({
            "address": contract,
            "fromBlock": "earliest",
            "toBlock": "latest",
            "topics": topics,
        });
        let read = |answer: Part<'_>| answer.members()?.map(log).collect();
        self.0.ask("eth_getLogs", vec![filter], read).await
    }

    /// What a contract has logged in some blocks, both ends included, and the transactions that did it, oldest first.
    ///
    /// Topics are as in [`logs`](Self::logs).
    ///
    /// # Errors
    ///
    /// When the node fails, or refuses to search so many blocks.
    pub async fn logs_between(
        &self,
        contract: Address,
        topics: &[Option<B256>],
        blocks: RangeInclusive<u64>,
    ) -> Result<Vec<(LogData, TxHash)>, ServiceError> {
        let filter = json!({
            "address": contract,
            "fromBlock": format!("{:#x}", blocks.start()),
            "toBlock": format!("{:#x}", blocks.end()),
            "topics": topics,
        });
        let entry = |entry: Part<'_>| Ok((log(entry)?, entry.field("transactionHash").hex()?));
        let read = |answer: Part<'_>| answer.members()?.map(entry).collect();
        self.0.ask("eth_getLogs", vec![filter], read).await
    }

    /// Where a transaction lies in the chain, and all that it has logged; `None` while it is in no block.
    ///
    /// # Errors
    ///
    /// When the node fails.
    pub async fn transaction(
        &self,
        hash: TxHash,
    ) -> Result<Option<(TransactionInclusion, Vec<UserOpLog>)>, ServiceError> {
        let read = |answer: Part<'_>| {
            let Some(answer) = answer.find() else {
                return Ok(None);
            };
            let inclusion = receipt::inclusion(answer)?;
            if inclusion.hash != hash {
                let why = "it is the receipt of another transaction".to_owned();
                return Err(Failure::Malformed(why));
            }
            Ok(Some((inclusion, receipt::logs(answer.field("logs"))?)))
        };
        self.0
            .ask("eth_getTransactionReceipt", vec![json!(hash)], read)
            .await
    }

    /// What is to be paid for a unit of gas now, in wei: enough for the next blocks even if the base fee doubles.
    ///
    /// # Errors
    ///
    /// When the node fails.
    pub async fn fees(&self) -> Result<Fees, ServiceError> {
        let history = vec!["0x1".into(), "latest".into(), json!([])];
        let base = self.0.ask("eth_feeHistory", history, next_base_fee);
        let tip = self
            .0
            .ask("eth_maxPriorityFeePerGas", vec![], |answer| answer.gas());
        match join(base, tip).await {
            (Ok(base), Ok(tip)) => Ok(Fees {
                max_fee_per_gas: base.saturating_add(base).saturating_add(tip),
                max_priority_fee_per_gas: tip,
            }),
            // A chain without EIP-1559 does not know the methods.
            (Err(error), _) | (_, Err(error)) if error.refusal().is_some() => {
                let price = self.0.ask("eth_gasPrice", vec![], |answer| answer.gas()).await?;
                Ok(Fees {
                    max_fee_per_gas: price,
                    max_priority_fee_per_gas: price,
                })
            }
            (Err(error), _) | (_, Err(error)) => Err(error),
        }
    }
}

/// The last entry is the base fee of the block to come.
fn next_base_fee(history: Part<'_>) -> Result<U256, Failure> {
    let mut fees = history.field("baseFeePerGas").members()?;
    fees.next_back().ok_or(Failure::Missing)?.gas()
}

fn log(log: Part<'_>) -> Result<LogData, Failure> {
    let UserOpLog { topics, data, .. } = receipt::log(log)?;
    Ok(LogData::new_unchecked(topics, data))
}

fn at_latest(what: Value) -> Vec<Value> {
    vec![what, "latest".into()]
}

#[cfg(test)]
mod tests;
