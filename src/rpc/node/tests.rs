use alloy::{
    primitives::{address, b256, bytes},
    sol,
};
use serde_json::{Value, json};

use super::*;
use crate::rpc::{
    Failure, Refusal,
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
        ("0x", "has no code, or no getNonce(address,uint192)"),
        ("0x01", "has another type"),
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
        "0000000000000000000000000000000000000000000000000000000000000020", // offset of the text
        "000000000000000000000000000000000000000000000000000000000000000e", // length of the text
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
        (json!({}), malformed("the answer is not an array")),
        (json!([null]), malformed("entry is missing")),
        (
            json!([{"address": ADDRESS, "topics": ["0x1"], "data": "0x"}]),
            malformed("topics is not hex of the expected length"),
        ),
        (
            json!([{"address": ADDRESS, "topics": [], "data": "0xzz"}]),
            malformed("data is not hex of the expected length"),
        ),
    ] {
        let (_service, node) = node(answer.clone()).await;

        let error = node.logs(ADDRESS, &[]).await.unwrap_err();

        assert_eq!(error.failure(), &expected, "{answer}");
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

/// A node with the given answers. It refuses what is `null` here, and has no other method.
async fn fees_of(history: Value, tip: Value, block: Value, price: Value) -> Result<[u64; 2], ServiceError> {
    let service = TestService::start(move |method, _| {
        let answer = match method {
            "eth_feeHistory" => &history,
            "eth_maxPriorityFeePerGas" => &tip,
            "eth_getBlockByNumber" => &block,
            "eth_gasPrice" => &price,
            _ => &Value::Null,
        };
        match answer {
            Value::Null => unknown_method(),
            answer => Reply::Result(answer.clone()),
        }
    })
    .await;
    let fees = Node::new(service.http()).fees().await?;
    Ok([fees.max_fee_per_gas, fees.max_priority_fee_per_gas].map(|fee| fee.to()))
}

#[tokio::test]
async fn fees_come_from_what_the_node_has() {
    let none = || Value::Null;
    let history = || json!({"baseFeePerGas": ["0x64", "0x70"]});
    let block = || json!({"baseFeePerGas": "0x70"});
    for (history, tip, block, price, expected) in [
        (history(), json!("0x5"), none(), none(), [229, 5]),
        (history(), json!(5), none(), none(), [229, 5]),
        // The base fee of the block stands in for the history.
        (none(), json!("0x5"), block(), none(), [229, 5]),
        (json!({}), json!("0x5"), block(), none(), [229, 5]),
        (
            json!({"baseFeePerGas": null}),
            json!("0x5"),
            block(),
            none(),
            [229, 5],
        ),
        (
            json!({"baseFeePerGas": []}),
            json!("0x5"),
            block(),
            none(),
            [229, 5],
        ),
        // The gas price stands in for the priority fee, and leaves room for the base fee to grow.
        (history(), none(), none(), json!("0x75"), [229, 5]),
        (history(), none(), none(), json!("0x10"), [224, 0]),
        (none(), none(), block(), json!("0x75"), [229, 5]),
        // A chain without a base fee has one gas price.
        (json!({}), json!("0x5"), json!({}), json!("0x75"), [117, 117]),
        (none(), none(), none(), json!("0x75"), [117, 117]),
    ] {
        let case = format!("{history} {tip} {block} {price}");

        assert_eq!(fees_of(history, tip, block, price).await, Ok(expected), "{case}");
    }
}

#[tokio::test]
async fn fees_of_a_node_that_has_none_are_an_error() {
    let error = fees_of(json!({}), Value::Null, json!({}), Value::Null)
        .await
        .unwrap_err();

    assert_eq!(error.method(), "eth_gasPrice");
}

#[tokio::test]
async fn logs_of_some_blocks_come_with_their_transactions() {
    let topic = b256!("0000000000000000000000000000000000000000000000000000000000000007");
    let transaction = b256!("0000000000000000000000000000000000000000000000000000000000000001");
    let wire = json!({"address": ADDRESS, "topics": [topic], "data": "0x2a", "transactionHash": transaction});
    let (service, node) = node(json!([wire])).await;

    let logs = node
        .logs_between(ADDRESS, &[Some(topic), None], 16..=255)
        .await
        .unwrap();

    let expected = LogData::new_unchecked(vec![topic], bytes!("2a"));
    assert_eq!(logs, [(expected, transaction)]);
    let filter = json!({
        "address": ADDRESS.to_string().to_lowercase(),
        "fromBlock": "0x10",
        "toBlock": "0xff",
        "topics": [topic, null],
    });
    assert_eq!(service.requests(), [("eth_getLogs".to_owned(), json!([filter]))]);
}

#[tokio::test]
async fn a_transaction_is_that_which_was_asked_for_or_an_error() {
    let hash = |last| B256::with_last_byte(last);
    let wire = json!({
        "transactionHash": hash(1),
        "blockHash": hash(2),
        "blockNumber": "0x3",
        "logs": [{"address": ADDRESS, "topics": [], "data": "0x"}],
    });
    let (service, there) = node(wire).await;
    let (_service, nowhere) = node(Value::Null).await;

    let (place, logs) = there.transaction(hash(1)).await.unwrap().unwrap();
    let another = there.transaction(hash(9)).await.unwrap_err();
    let none = nowhere.transaction(hash(1)).await.unwrap();

    assert_eq!((place.block_number, place.block_hash), (3, hash(2)));
    assert_eq!((logs.len(), logs[0].address), (1, ADDRESS));
    assert_eq!(
        another.failure(),
        &malformed("it is the receipt of another transaction")
    );
    assert_eq!(none, None);
    let asked = ("eth_getTransactionReceipt".to_owned(), json!([hash(1)]));
    assert_eq!(service.requests()[0], asked);
}
