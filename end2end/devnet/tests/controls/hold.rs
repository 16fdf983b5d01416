use std::time::Duration;

use alloy::primitives::U256;
use serde_json::{Value, json};

use super::{
    BICONOMY_BUNDLER, ask, control, healthy,
    operation::{Account, receipt, submit},
};

#[tokio::test]
async fn a_held_operation_is_kept_and_bundled_when_it_is_released() {
    let _turn = healthy().await;
    let account = Account::new().await;
    let op = account.first_mint().await;

    let held = control(json!({"hold": true})).await;
    let hash = submit("/bundler", &op).await.expect("a hash");
    tokio::time::sleep(Duration::from_secs(1)).await;

    assert_eq!(held["hold"], true);
    let status = ask("/bundler", "pimlico_getUserOperationStatus", json!([hash])).await;
    assert_eq!(status.expect("a status")["status"], "not_submitted");
    let none = ask("/bundler", "eth_getUserOperationReceipt", json!([hash])).await;
    assert_eq!(none.expect("an answer"), Value::Null);
    assert_eq!(account.nfts().await, U256::ZERO);

    control(json!({"hold": false})).await;

    assert_eq!(
        receipt("/bundler", &hash).await.expect("a receipt")["success"],
        true
    );
    assert_eq!(account.nfts().await, U256::ONE);
}

#[tokio::test]
async fn a_bundler_that_comes_back_holds_as_before() {
    let _turn = healthy().await;
    let account = Account::new().await;

    control(json!({"hold": true})).await;
    control(json!({"kill": "bundler"})).await;
    control(json!({"restart": "bundler"})).await;
    let op = account.first_mint().await;
    let hash = submit("/bundler", &op).await.expect("a hash");
    tokio::time::sleep(Duration::from_secs(1)).await;
    assert_eq!(account.nfts().await, U256::ZERO);
    control(json!({"heal": true})).await;

    assert_eq!(
        receipt("/bundler", &hash).await.expect("a receipt")["success"],
        true
    );
}

#[tokio::test]
async fn only_the_devnet_says_when_bundles_are_made() {
    let _turn = healthy().await;

    for path in ["/bundler", BICONOMY_BUNDLER] {
        for method in ["debug_bundler_setBundlingMode", "debug_bundler_clearState"] {
            let refused = ask(path, method, json!(["manual"])).await;
            assert_eq!(refused.expect_err("a refusal")["code"], -32601, "{path} {method}");
        }
    }
}
