use std::sync::{
    Arc,
    atomic::{AtomicBool, Ordering},
};

use alloy::primitives::{Address, B256};
use serde_json::json;

use super::is_contract;
use crate::{
    Deploy, WaitOptions,
    client::testing::{account, age_pending_user_ops, known},
    error::{Error, ErrorKind},
    primitives::delegation_code,
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

        assert!(
            matches!(
                young.as_ref().map_err(Error::kind),
                Err(ErrorKind::TimedOut { .. })
            ),
            "{young:?}"
        );
        let hash = sent.hash();
        assert_eq!(old.err(), Some(ErrorKind::Dropped { hash, nonce }.into()));
    }
}

#[test]
fn an_eoa_with_a_delegation_is_no_contract() {
    let delegation = delegation_code(Address::repeat_byte(7));

    assert!(is_contract(&[0x60]));
    assert!(!is_contract(&[]));
    assert!(!is_contract(&delegation));
    assert!(is_contract(&[&delegation[..], &[0]].concat()));
}

#[tokio::test]
async fn an_operation_that_deployed_the_account_is_not_dropped_while_the_node_lags() {
    let is_included = Arc::new(AtomicBool::new(false));
    let has_code = Arc::clone(&is_included);
    let (_, client) = account(true, move |method, params| {
        let is_included = has_code.load(Ordering::Relaxed);
        let answer = match method {
            "eth_getCode" if !is_included => json!("0x"),
            "eth_blockNumber" => json!("0x10"),
            "eth_getLogs" => json!([]),
            "eth_sendUserOperation" => return Some(known()),
            "eth_getUserOperationReceipt" if is_included => json!({
                "userOpHash": params[0], "sender": B256::ZERO.to_string()[..42], "nonce": "0x1", "success": true,
                "actualGasCost": "0x1", "actualGasUsed": "0x1", "logs": [],
                "receipt": {"transactionHash": B256::ZERO, "blockHash": B256::ZERO, "blockNumber": "0x10"}
            }),
            "eth_getUserOperationReceipt" | "eth_getTransactionReceipt" => json!(null),
            _ => return None,
        };
        Some(Reply::Result(answer))
    })
    .await;
    let sent = client.deploy(Deploy::default()).await.unwrap();
    is_included.store(true, Ordering::Relaxed);
    age_pending_user_ops(&client, 60).await;

    let ended = sent.wait(WaitOptions::default().timeout(5 * SHORT)).await;

    assert!(
        matches!(
            ended.as_ref().map_err(Error::kind),
            Err(ErrorKind::TimedOut { .. })
        ),
        "{ended:?}"
    );
}

const SHORT: std::time::Duration = std::time::Duration::from_secs(1);
