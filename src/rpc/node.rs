pub(super) mod question;

use std::ops::RangeInclusive;

use alloy::{
    primitives::{Address, B256, Bytes, LogData, TxHash, U256},
    sol_types::SolCall,
};
use futures::future::join;

use super::{Asked, Http, Service, ServiceError, StateOverride, Transport, endpoint::Endpoint};
use crate::{
    platform::Json,
    primitives::{ContractCall, Fees, TransactionInclusion, UserOpLog},
};

/// A client of a chain's node, with the methods that an account needs.
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
    /// Creates a client of the node at a URL.
    #[must_use]
    pub fn new(http: impl Into<Http>) -> Self {
        Self(Endpoint::http(Service::Node, http.into()))
    }

    /// Creates a client of a node over any [`Transport`].
    #[must_use]
    pub fn over(transport: impl Transport + 'static) -> Self {
        Self(Endpoint::new(Service::Node, transport))
    }

    /// Makes a request that has no method here.
    ///
    /// # Errors
    ///
    /// [`ServiceError`] if the node refuses the request, or does not answer it.
    ///
    /// # Examples
    ///
    /// ```no_run
    /// use use_aa::rpc::{Node, ServiceError};
    ///
    /// # async fn mine(node: Node) -> Result<(), ServiceError> {
    /// node.request("evm_mine", vec![]).await?;
    /// # Ok(())
    /// # }
    /// ```
    pub fn request(&self, method: &'static str, params: Vec<Json>) -> Asked<'_, Json> {
        self.0.request(method, params)
    }

    /// Returns the id of the chain that the node serves ([EIP-155](https://eips.ethereum.org/EIPS/eip-155)).
    ///
    /// # Errors
    ///
    /// Fails if the node fails.
    pub fn chain_id(&self) -> Asked<'_, u64> {
        self.0.chain_id()
    }

    /// Returns the number of the latest block.
    ///
    /// # Errors
    ///
    /// Fails if the node fails.
    pub fn block_number(&self) -> Asked<'_, u64> {
        self.0.answer(question::block_number())
    }

    /// Returns the number and the timestamp of the latest block. The timestamp is in seconds since 1970.
    ///
    /// # Errors
    ///
    /// Fails if the node fails.
    pub fn newest_block(&self) -> Asked<'_, (u64, u64)> {
        self.0.answer(question::newest_block())
    }

    /// Returns the code at an address; empty if no contract is deployed there.
    ///
    /// # Errors
    ///
    /// Fails if the node fails.
    pub fn code(&self, address: Address) -> Asked<'_, Bytes> {
        self.0.answer(question::code(address))
    }

    /// Returns the number of transactions that an address has sent (`eth_getTransactionCount`).
    ///
    /// # Errors
    ///
    /// Fails if the node fails.
    pub fn transaction_count(&self, address: Address) -> Asked<'_, u64> {
        self.0.answer(question::transaction_count(address))
    }

    /// Returns the native balance of an address, in wei.
    ///
    /// # Errors
    ///
    /// Fails if the node fails.
    pub fn balance(&self, address: Address) -> Asked<'_, U256> {
        self.0.answer(question::balance(address))
    }

    /// Calls a contract's function without a transaction (`eth_call`) and decodes the result.
    ///
    /// # Errors
    ///
    /// Fails if the node fails, the call reverts, or there is no such contract or function.
    pub fn call<'a, C: SolCall>(&'a self, to: Address, call: &'a C) -> Asked<'a, C::Return> {
        self.read(ContractCall::new(to, call))
    }

    /// Makes a [`ContractCall`] (`eth_call`) and decodes the result.
    ///
    /// # Errors
    ///
    /// As [`call`](Self::call).
    pub fn read<'a, T: 'a>(&'a self, call: ContractCall<T>) -> Asked<'a, T> {
        self.0.answer(question::call(call))
    }

    /// Calls a contract without a transaction (`eth_call`) under a state override, and returns the raw result.
    ///
    /// # Errors
    ///
    /// Fails if the node fails, the call reverts, or the node does not support state overrides.
    pub fn call_under<'a>(&'a self, to: Address, data: Bytes, state: &'a StateOverride) -> Asked<'a, Bytes> {
        self.0.answer(question::call_under(to, &data, state))
    }

    /// Returns the logs of a contract since the first block, oldest first.
    ///
    /// A log matches if each of its topics equals the topic at the same position, or that position is `None`. Public
    /// nodes often search only the latest blocks.
    ///
    /// # Errors
    ///
    /// Fails if the node fails, or refuses to search that far.
    pub fn logs<'a>(&'a self, contract: Address, topics: &'a [Option<B256>]) -> Asked<'a, Vec<LogData>> {
        self.0.answer(question::logs(contract, topics))
    }

    /// Returns the logs of a contract in a range of blocks, both ends included, and their transactions, oldest first.
    ///
    /// Topics match as in [`logs`](Self::logs).
    ///
    /// # Errors
    ///
    /// Fails if the node fails, or refuses to search so many blocks.
    pub fn logs_between<'a>(
        &'a self,
        contract: Address,
        topics: &'a [Option<B256>],
        blocks: RangeInclusive<u64>,
    ) -> Asked<'a, Vec<(LogData, TxHash)>> {
        self.0.answer(question::logs_between(contract, topics, &blocks))
    }

    /// Returns the block of a transaction and all logs of the transaction; `None` while the transaction is in no block.
    ///
    /// # Errors
    ///
    /// Fails if the node fails.
    pub fn transaction(&self, hash: TxHash) -> Asked<'_, Option<(TransactionInclusion, Vec<UserOpLog>)>> {
        self.0.answer(question::transaction(hash))
    }

    /// Returns the current gas fees, in wei per unit of gas. They cover the next blocks even if the base fee doubles.
    ///
    /// The base fee comes from the fee history or else the latest block, the priority fee from its method or else the gas
    /// price. Without a base fee both fees are the gas price.
    ///
    /// # Errors
    ///
    /// Fails if the node fails, or has neither the priority fee nor the gas price.
    pub async fn fees(&self) -> Result<Fees, ServiceError> {
        self.fees_with(None).await
    }

    /// Returns the current gas fees, with the priority fee of another source if there is one.
    pub(crate) async fn fees_with(&self, priority: Option<U256>) -> Result<Fees, ServiceError> {
        let base = self.0.answer(question::next_base_fee());
        let (base, priority) = match priority {
            Some(priority) => (base.await, Ok(priority)),
            None => join(base, self.amount("eth_maxPriorityFeePerGas")).await,
        };
        if let (Ok(base), Ok(priority)) = (&base, &priority) {
            return Ok(over(*base, *priority));
        }
        if let Err(error) = &base
            && !error.is_answered()
        {
            return Err(error.clone());
        }
        let of_block = self.0.answer(question::base_fee());
        let (of_block, price) = join(of_block, self.amount("eth_gasPrice")).await;
        match (base.or(of_block), priority, price) {
            (Ok(base), Ok(priority), _) => Ok(over(base, priority)),
            (Ok(base), Err(_), Ok(price)) => Ok(over(base, price.saturating_sub(base))),
            (Err(_), _, Ok(price)) => Ok(over(U256::ZERO, price)),
            (_, _, Err(error)) => Err(error),
        }
    }

    /// Requests an amount of wei per unit of gas.
    fn amount(&self, method: &'static str) -> Asked<'_, U256> {
        self.0.answer(question::amount(method))
    }
}

/// Returns the fees of which the maximum covers twice the base fee.
fn over(base: U256, priority: U256) -> Fees {
    Fees {
        max_fee_per_gas: base.saturating_add(base).saturating_add(priority),
        max_priority_fee_per_gas: priority,
    }
}

#[cfg(test)]
mod tests;
