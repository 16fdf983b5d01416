use std::time::{Duration, Instant};

use alloy::primitives::U256;
use serde_json::{Value, json};

use super::{
    BICONOMY_BUNDLER, BICONOMY_PAYMASTER, answers, answers_again, ask, block, control, healthy, height,
    operation::{Account, send, submit},
    refused, standing,
};

const PARTS: [(&str, &[&str]); 3] = [
    ("chain", &["/rpc"]),
    ("bundler", &["/bundler", BICONOMY_BUNDLER]),
    ("paymaster", &["/paymaster", BICONOMY_PAYMASTER]),
];

const USER_OPERATION_EVENT: &str = "0x49628fd1471006c1482da88028e9ce4dbb080b815c9b0344d39e5a8e6ec1419f";

#[tokio::test]
async fn a_dead_part_closes_connections_until_it_is_restarted() {
    let _turn = healthy().await;

    for (part, paths) in PARTS {
        let after = control(json!({"kill": part})).await;

        assert_eq!(after["dead"], json!([part]));
        for (other, paths) in PARTS {
            for path in paths {
                assert_eq!(answers(path).await, other != part, "{path} while {part} is dead");
            }
        }

        control(json!({"restart": part})).await;
        for path in paths {
            assert!(answers(path).await, "{path} after {part} is back");
        }
    }

    let account = Account::new().await;
    send("/bundler", &account.first_mint().await)
        .await
        .expect("a receipt");
    assert_eq!(account.nfts().await, U256::ONE);
}

#[tokio::test]
async fn a_part_comes_back_by_itself_when_it_was_said_so() {
    let _turn = healthy().await;

    for (part, paths) in PARTS {
        let killed = Instant::now();
        control(json!({"kill": part, "restart_after_ms": 3_000})).await;
        assert!(!answers(paths[0]).await, "{part} is dead");
        answers_again(paths[0]).await;
        assert!(killed.elapsed() >= Duration::from_secs(3), "{part}");
    }
    assert_eq!(standing().await["dead"], json!([]));
}

#[tokio::test]
async fn the_chain_keeps_its_blocks_and_its_state() {
    let _turn = healthy().await;
    let account = Account::new().await;
    let sent = send("/bundler", &account.first_mint().await)
        .await
        .expect("a receipt");
    let transaction = json!([sent["receipt"]["transactionHash"]]);
    let receipt = ask("/rpc", "eth_getTransactionReceipt", transaction.clone())
        .await
        .expect("a receipt");
    let (at, last) = (height().await, block(height().await).await);

    control(json!({"kill": "chain"})).await;
    control(json!({"restart": "chain"})).await;

    assert_eq!((height().await, block(at).await), (at, last));
    assert_eq!(account.nfts().await, U256::ONE);
    let again = ask("/rpc", "eth_getTransactionReceipt", transaction).await;
    assert_eq!(again.expect("a receipt"), receipt);
    let topics = json!([USER_OPERATION_EVENT, sent["userOpHash"]]);
    let logs = ask(
        "/rpc",
        "eth_getLogs",
        json!([{"fromBlock": "0x0", "topics": topics}]),
    )
    .await;
    assert_eq!(logs.expect("logs").as_array().map(Vec::len), Some(1));
}

#[tokio::test]
async fn the_bundler_comes_back_knowing_nothing() {
    let _turn = healthy().await;
    let account = Account::new().await;
    let op = account.first_mint().await;
    control(json!({"hold": true})).await;
    let hash = submit("/bundler", &op).await.expect("a hash");

    control(json!({"kill": "bundler"})).await;
    control(json!({"restart": "bundler", "hold": false})).await;
    tokio::time::sleep(Duration::from_secs(1)).await;

    let status = ask("/bundler", "pimlico_getUserOperationStatus", json!([hash])).await;
    assert_eq!(status.expect("a status")["status"], "not_found");
    let op_again = ask("/bundler", "eth_getUserOperationByHash", json!([hash])).await;
    assert_eq!(op_again.expect("an answer"), Value::Null);
    assert_eq!(account.nfts().await, U256::ZERO);
}

#[tokio::test]
async fn the_bundler_outlives_the_chain() {
    let _turn = healthy().await;
    let before = Account::new().await;
    let op = before.first_mint().await;
    control(json!({"hold": true})).await;
    submit("/bundler", &op).await.expect("a hash");

    // The bundler has an operation to bundle, and no chain.
    control(json!({"kill": "chain"})).await;
    control(json!({"hold": false})).await;
    tokio::time::sleep(Duration::from_secs(3)).await;
    assert!(answers("/bundler").await);
    control(json!({"restart": "chain"})).await;

    let after = Account::new().await;
    send("/bundler", &after.first_mint().await)
        .await
        .expect("a receipt");
    assert_eq!(after.nfts().await, U256::ONE);
}

#[tokio::test]
async fn a_call_under_way_is_lost_with_its_service() {
    let _turn = healthy().await;
    for (part, paths) in PARTS {
        control(json!({"faults": [{"kind": {"delay": {"ms": 120_000}}}]})).await;
        let path = paths[0];
        let start = Instant::now();
        let under_way = tokio::spawn(async move { answers(path).await });
        tokio::time::sleep(Duration::from_millis(200)).await;

        control(json!({"kill": part})).await;

        assert!(!under_way.await.expect("an end"), "{part}");
        assert!(start.elapsed() < Duration::from_secs(60), "{part}");
        control(json!({"heal": true})).await;
    }
}

#[tokio::test]
async fn what_is_asked_of_a_dead_chain_is_refused() {
    let _turn = healthy().await;
    control(json!({"kill": "chain"})).await;

    let error = refused(json!({"reorg": 1})).await;

    assert_eq!(error, "the chain is dead: restart it first");
}
