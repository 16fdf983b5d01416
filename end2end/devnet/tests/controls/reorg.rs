use alloy::primitives::U256;
use serde_json::{Value, json};

use super::{
    ask, block, control, healthy, height,
    operation::{Account, send},
    refused,
};

#[tokio::test]
async fn a_reorg_drops_blocks_with_their_transactions() {
    let _turn = healthy().await;
    let account = Account::new().await;
    let op = account.first_mint().await;
    let receipt = send("/bundler", &op).await.expect("a receipt");
    let transaction = &receipt["receipt"]["transactionHash"];
    let (before, dropped) = (height().await, block(height().await).await);
    assert_eq!(account.nfts().await, U256::ONE);

    control(json!({"reorg": 1})).await;

    let instead = block(before).await;
    assert_eq!(height().await, before);
    assert_ne!(instead["hash"], dropped["hash"]);
    assert_eq!(instead["parentHash"], dropped["parentHash"]);
    assert_eq!(instead["transactions"], json!([]));
    let gone = ask("/rpc", "eth_getTransactionReceipt", json!([transaction])).await;
    assert_eq!(gone.expect("an answer"), Value::Null);
    assert_eq!(account.nfts().await, U256::ZERO);
    let old = ask("/rpc", "eth_getBlockByHash", json!([dropped["hash"], false])).await;
    assert_eq!(old.expect("an answer"), Value::Null);
}

#[tokio::test]
async fn what_a_reorg_dropped_can_be_sent_again() {
    let _turn = healthy().await;
    let account = Account::new().await;
    let op = account.first_mint().await;
    send("/bundler", &op).await.expect("a receipt");

    control(json!({"reorg": 1})).await;
    control(json!({"kill": "bundler"})).await;
    control(json!({"restart": "bundler"})).await;

    assert_eq!(send("/bundler", &op).await.expect("a receipt")["success"], true);
    assert_eq!(account.nfts().await, U256::ONE);
}

#[tokio::test]
async fn a_reorg_leaves_the_contracts_alone() {
    let _turn = healthy().await;

    let error = refused(json!({"reorg": height().await})).await;

    assert!(error.contains("too many"), "{error}");
}
