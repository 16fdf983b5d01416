use std::sync::{
    Arc,
    atomic::{AtomicBool, Ordering},
};

use serde_json::json;

use crate::{
    Deploy, WaitOptions,
    client::testing::{account, age_pending_user_ops, known},
    error::Error,
    rpc::testing::Reply,
};

#[tokio::test]
async fn an_operation_that_deploys_an_account_which_is_deployed_is_dropped_whatever_the_bundler_says() {
    for biconomy in [true, false] {
        let is_deployed = Arc::new(AtomicBool::new(false));
        let code = Arc::clone(&is_deployed);
        let (_, client) = account(biconomy, move |method, _| {
            let answer = match method {
                "eth_getCode" if !code.load(Ordering::Relaxed) => json!("0x"),
                "eth_blockNumber" => json!("0x10"),
                "eth_getLogs" => json!([]),
                // The operation stays in the bundler's mempool.
                "biconomy_getUserOperationStatus" => json!({"state": "BUNDLER_MEMPOOL"}),
                "eth_getUserOperationByHash" => json!({"userOperation": {}}),
                "eth_sendUserOperation" => return Some(known()),
                "eth_getUserOperationReceipt" => return Some(Reply::Drop),
                _ => return None,
            };
            Some(Reply::Result(answer))
        })
        .await;
        let sent = client.deploy(Deploy::default()).await.unwrap();
        let nonce = client.pending_user_ops().await.unwrap()[0].nonce;
        is_deployed.store(true, Ordering::Relaxed);

        let young = sent.wait(WaitOptions::default().timeout(SHORT)).await;
        age_pending_user_ops(&client, 60).await;
        let old = sent.wait(1).await;

        assert!(matches!(young, Err(Error::TimedOut { .. })), "{young:?}");
        let hash = sent.hash();
        assert_eq!(old.err(), Some(Error::Dropped { hash, nonce }));
    }
}

const SHORT: std::time::Duration = std::time::Duration::from_secs(1);
