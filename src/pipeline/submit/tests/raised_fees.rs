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

#[tokio::test]
async fn an_attempt_that_was_refused_and_is_included_after_the_last_look_is_the_one_that_is_sent() {
    // The bundler has both attempts of the first request, tells of neither, and the chain includes the first after the
    // second was signed.
    let sends = Arc::new(Mutex::new(Vec::new()));
    let included = Arc::new(Mutex::new(Value::Null));
    let (kept, looked_up) = (Arc::clone(&sends), Arc::clone(&included));
    let (_, client) = account(false, move |method, params| match method {
        SEND => {
            let mut sends = kept.lock().unwrap();
            sends.push(params[0].clone());
            Some(match sends.len() {
                1 => refusal(-32602, "maxFeePerGas must be at least 7000000"),
                _ => refusal(-32602, "AA25 invalid account nonce"),
            })
        }
        BY_HASH => {
            // The first operation that the client looks up is the first that it has sent.
            let mut included = looked_up.lock().unwrap();
            if included.is_null() {
                *included = params[0].clone();
            }
            Some(refusal(-32601, "can't find user operation with hash"))
        }
        "eth_blockNumber" => Some(Reply::Result(json!("0x10"))),
        "eth_getLogs" => Some(match &kept.lock().unwrap()[..] {
            [first, _, ..] => event(&looked_up.lock().unwrap(), first),
            _ => Reply::Result(json!([])),
        }),
        _ => None,
    })
    .await;

    let sent = client.send(SendTransaction::from(mint())).await;
    // An operation that does something else has not been done by it.
    let nonce = NonceLane::Given(u256(&sends.lock().unwrap()[0]["nonce"]));
    let other = SendTransaction::from(Call::raw(NFT, vec![5, 6, 7, 8])).nonce(nonce);
    let other = client.send(other).await;

    let hash = sent.map(|sent| sent.hash()).unwrap();
    assert_eq!(json!(hash), *included.lock().unwrap());
    assert!(pending(&client).await.contains(&hash));
    assert!(other.is_err(), "{other:?}");
}

fn u256(text: &Value) -> alloy::primitives::U256 {
    text.as_str().unwrap().parse().unwrap()
}
