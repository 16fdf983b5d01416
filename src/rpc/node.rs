use alloy::{
    primitives::{Address, B256, Bytes, LogData, U256},
    rpc::client::RpcClient,
    sol_types::SolCall,
};
use futures::future::join;
use serde_json::{Value, json};

use super::{Failure, Http, Service, ServiceError, endpoint::Endpoint, part::Part, receipt};
use crate::primitives::{Fees, UserOpLog};

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
mod tests {
    use alloy::{
        primitives::{address, b256, bytes},
        sol,
    };
    use serde_json::Value;

    use super::*;
    use crate::rpc::{
        Refusal,
        testing::{Reply, TestService},
    };

    sol! {
        function getNonce(address sender, uint192 key) returns (uint256 nonce);
    }

    const ADDRESS: Address = address!("5FF137D4b0FDCD49DcA30c7CF57E578a026d2789");

    async fn node(answer: Value) -> (TestService, Node) {
        let service = TestService::always(Reply::Result(answer)).await;
        let node = Node::new(service.http());
        (service, node)
    }

    fn malformed(why: &str) -> Failure {
        Failure::Malformed(why.to_owned())
    }

    fn unknown_method() -> Reply {
        Reply::Error(200, json!({"code": -32601, "message": "Method not found"}))
    }

    #[tokio::test]
    async fn questions_are_asked_in_the_chains_own_words() {
        let (service, node) = node(json!("0x10")).await;

        assert_eq!(node.chain_id().await.unwrap(), 16);
        assert_eq!(node.code(ADDRESS).await.unwrap(), bytes!("10"));
        assert_eq!(node.balance(ADDRESS).await.unwrap(), U256::from(16));

        let address = "0x5ff137d4b0fdcd49dca30c7cf57e578a026d2789";
        let asked = service.requests();
        let expected = [
            ("eth_chainId", json!([])),
            ("eth_getCode", json!([address, "latest"])),
            ("eth_getBalance", json!([address, "latest"])),
        ];
        assert_eq!(
            asked,
            expected.map(|(method, params)| (method.to_owned(), params))
        );
    }

    #[tokio::test]
    async fn call_sends_encoded_arguments_and_decodes_the_answer() {
        let (service, node) = node(json!(format!("0x{:064x}", 7))).await;
        let call = getNonceCall {
            sender: ADDRESS,
            key: alloy::primitives::aliases::U192::from(2),
        };

        let nonce = node.call(ADDRESS, &call).await.unwrap();

        assert_eq!(nonce, U256::from(7));
        let (method, params) = &service.requests()[0];
        assert_eq!(method, "eth_call");
        assert_eq!(
            params,
            &json!([
                {
                    "to": "0x5ff137d4b0fdcd49dca30c7cf57e578a026d2789",
                    "data": concat!(
                        "0x35567e1a",                                                       // getNonce
                        "0000000000000000000000005ff137d4b0fdcd49dca30c7cf57e578a026d2789", // sender
                        "0000000000000000000000000000000000000000000000000000000000000002", // key
                    ),
                },
                "latest",
            ])
        );
    }

    #[tokio::test]
    async fn call_of_nothing_says_so() {
        let call = getNonceCall {
            sender: ADDRESS,
            key: Default::default(),
        };
        for (answer, expected) in [
            ("0x", "there is no such contract"),
            ("0x01", "returns something else"),
        ] {
            let (_service, node) = node(json!(answer)).await;

            let error = node.call(ADDRESS, &call).await.unwrap_err();

            assert!(error.to_string().contains(expected), "{error}");
        }
    }

    #[tokio::test]
    async fn reverted_call_tells_the_reason() {
        let data = concat!(
            "0x08c379a0",                                                       // Error(string)
            "0000000000000000000000000000000000000000000000000000000000000020", // where the text is
            "000000000000000000000000000000000000000000000000000000000000000e", // its length
            "4e6f7420796f757220746f6b656e000000000000000000000000000000000000", // "Not your token"
        );
        let reply = json!({"code": 3, "message": "execution reverted", "data": data});
        let service = TestService::always(Reply::Error(200, reply)).await;
        let call = getNonceCall {
            sender: ADDRESS,
            key: Default::default(),
        };

        let error = Node::new(service.http()).call(ADDRESS, &call).await.unwrap_err();

        let refusal: &Refusal = error.refusal().unwrap();
        assert_eq!(refusal.revert.as_deref(), Some("Not your token"));
    }

    #[tokio::test]
    async fn logs_that_are_none_are_an_error() {
        for (answer, expected) in [
            (json!(null), Failure::Missing),
            (json!({}), malformed("the answer is no list")),
            (json!([null]), malformed("there is no entry in it")),
            (
                json!([{"address": ADDRESS, "data": "0x"}]),
                malformed("there is no topics in it"),
            ),
            (
                json!([{"address": ADDRESS, "topics": ["0x1"], "data": "0x"}]),
                malformed("topics is not the hex that it must be"),
            ),
            (
                json!([{"address": ADDRESS, "topics": [], "data": "00zz"}]),
                malformed("data is not the hex that it must be"),
            ),
        ] {
            let (_service, node) = node(answer.clone()).await;

            let error = node.logs(ADDRESS, &[]).await.unwrap_err();

            assert_eq!(error.failure, expected, "{answer}");
        }
    }

    #[tokio::test]
    async fn logs_are_asked_for_by_their_topics() {
        let topic = b256!("ddf252ad1be2c89b69c2b068fc378daa952ba7f163c4a11628f55a4df523b3ef"); // Transfer
        let (service, node) = node(json!([{
            "address": "0x5ff137d4b0fdcd49dca30c7cf57e578a026d2789",
            "topics": [topic],
            "data": "0x10",
            "blockNumber": "0x1",
            "removed": false,
        }]))
        .await;

        let logs = node.logs(ADDRESS, &[Some(topic), None]).await.unwrap();

        assert_eq!(logs, [LogData::new_unchecked(vec![topic], bytes!("10"))]);
        let (method, params) = &service.requests()[0];
        assert_eq!(method, "eth_getLogs");
        assert_eq!(
            params,
            &json!([{
                "address": "0x5ff137d4b0fdcd49dca30c7cf57e578a026d2789",
                "fromBlock": "earliest",
                "toBlock": "latest",
                "topics": ["0xddf252ad1be2c89b69c2b068fc378daa952ba7f163c4a11628f55a4df523b3ef", null],
            }])
        );
    }

    #[tokio::test]
    async fn fees_outlast_a_doubled_base_fee() {
        let service = TestService::start(|method, _| match method {
            "eth_feeHistory" => Reply::Result(json!({
                "oldestBlock": "0x1",
                "baseFeePerGas": ["0x3b9aca00", "0x342770c0"], // 1 gwei, then 0.875 gwei
                "gasUsedRatio": [0.0],
            })),
            "eth_maxPriorityFeePerGas" => Reply::Result(json!("0x59682f00")), // 1.5 gwei
            _ => Reply::Drop,
        })
        .await;

        let fees = Node::new(service.http()).fees().await.unwrap();

        assert_eq!(fees.max_fee_per_gas, U256::from(3_250_000_000_u64));
        assert_eq!(fees.max_priority_fee_per_gas, U256::from(1_500_000_000_u64));
    }

    #[tokio::test]
    async fn chain_without_base_fee_has_one_gas_price() {
        let service = TestService::start(|method, _| match method {
            "eth_gasPrice" => Reply::Result(json!("0x3b9aca00")),
            _ => unknown_method(),
        })
        .await;

        let fees = Node::new(service.http()).fees().await.unwrap();

        assert_eq!(fees.max_fee_per_gas, U256::from(1_000_000_000));
        assert_eq!(fees.max_priority_fee_per_gas, U256::from(1_000_000_000));
    }

    #[tokio::test]
    async fn fees_that_cannot_be_read_are_an_error() {
        for history in [
            json!({"baseFeePerGas": []}),
            json!({}),
            json!(null),
            json!({"baseFeePerGas": ["7"]}),
        ] {
            let shown = history.to_string();
            let service = TestService::start(move |method, _| match method {
                "eth_feeHistory" => Reply::Result(history.clone()),
                _ => Reply::Result(json!("0x1")),
            })
            .await;

            let error = Node::new(service.http()).fees().await.unwrap_err();

            assert_eq!(error.method, "eth_feeHistory", "{shown}");
        }
    }
}
