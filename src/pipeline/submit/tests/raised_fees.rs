//! Refusals of an operation that is on chain.

use std::sync::{Arc, Mutex};

use alloy::primitives::B256;

use super::*;

/// Returns the reply of a node to a search for logs, with the event of an operation.
fn event(hash: &Value, sent: &Value) -> Reply {
    let nonce = sent["nonce"].as_str().unwrap().trim_start_matches("0x");
    // Nonce, success, cost and gas.
    let data = format!("0x{nonce:0>64}{:064x}{:064x}{:064x}", 1, 2, 3);
    let topics = [hash.clone(), hash.clone(), json!(B256::ZERO), json!(B256::ZERO)];
    Reply::Result(json!([{"address": NFT, "topics": topics, "data": data, "transactionHash": B256::ZERO}]))
}

#[tokio::test]
async fn an_operation_that_has_raised_the_fees_itself_is_sent() {
    for message in [
        "Max fee per gas is too low. it should be minimum : 0x50775d88",
        "AA25 invalid account nonce",
    ] {
        // The bundler no longer knows the operation, which the chain has included.
        let (sent, asked_for) = (
            Arc::new(Mutex::new(Value::Null)),
            Arc::new(Mutex::new(Value::Null)),
        );
        let (_, client) = account(false, move |method, params| match method {
            SEND => {
                *sent.lock().unwrap() = params[0].clone();
                Some(refusal(-32602, message))
            }
            BY_HASH => {
                *asked_for.lock().unwrap() = params[0].clone();
                Some(refusal(-32601, "can't find user operation with hash"))
            }
            "eth_blockNumber" => Some(Reply::Result(json!("0x10"))),
            "eth_getLogs" => Some(event(&asked_for.lock().unwrap(), &sent.lock().unwrap())),
            _ => None,
        })
        .await;

        let sent = client.send(SendTransaction::from(mint())).await;

        let hash = sent.map(|sent| sent.hash()).unwrap();
        assert_eq!(pending(&client).await, [hash], "{message}");
    }
}
