//! Refusals of an operation that is on chain.

use std::sync::{Arc, Mutex};

use alloy::primitives::B256;

use super::*;
use crate::platform::BoxFuture;

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

/// The request that is refused when the chain has included the first attempt.
const LATER: [&str; 2] = [SEND, "eth_estimateUserOperationGas"];

#[tokio::test]
async fn an_attempt_that_is_included_after_its_refusal_is_the_one_that_is_sent() {
    type Act = fn(&SmartAccountClient) -> BoxFuture<'_, Result<UserOpResponse, Error>>;
    let acts: [Act; 2] = [
        |client| Box::pin(client.send(SendTransaction::from(mint()))),
        |client| Box::pin(granted(client)),
    ];
    for (act, later) in acts.iter().flat_map(|act| LATER.map(|later| (act, later))) {
        // The bundler knows neither attempt, and the chain includes the first after the second was begun.
        let sends = Arc::new(Mutex::new(Vec::<Value>::new()));
        let first = Arc::new(Mutex::new(Value::Null));
        let (kept, looked_up, root) = (Arc::clone(&sends), Arc::clone(&first), keeping_root());
        let (_, client) = account(false, move |method, params| {
            let of_root = root(method, params);
            let mut sends = kept.lock().unwrap();
            let used = || Some(refusal(-32500, "AA25 invalid account nonce"));
            match method {
                SEND => {
                    sends.push(params[0].clone());
                    match sends.len() {
                        1 => Some(refusal(-32602, "maxFeePerGas must be at least 7000000")),
                        _ => used(),
                    }
                }
                _ if method == later && !sends.is_empty() => {
                    sends.push(Value::Null);
                    used()
                }
                BY_HASH => {
                    let mut first = looked_up.lock().unwrap();
                    if first.is_null() {
                        *first = params[0].clone();
                    }
                    Some(refusal(-32601, "can't find user operation with hash"))
                }
                "eth_blockNumber" => Some(Reply::Result(json!("0x10"))),
                "eth_getLogs" => Some(match &sends[..] {
                    [sent, _, ..] => event(&looked_up.lock().unwrap(), sent),
                    _ => Reply::Result(json!([])),
                }),
                _ => of_root,
            }
        })
        .await;

        let sent = act(&client).await;

        let hash = sent.map(|sent| sent.hash()).unwrap();
        assert_eq!(json!(hash), *first.lock().unwrap(), "{later}");
        assert!(pending(&client).await.contains(&hash), "{later}");
    }
}
