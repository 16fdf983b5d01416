//! Controls of a running local chain. All tests share one chain, so a lock serializes them.

mod clock;
mod deaths;
mod hold;
mod reorg;

#[path = "../support/mod.rs"]
mod support;

use std::time::{Duration, Instant};

use serde_json::{Value, json};
use support::*;
use tokio::sync::{Mutex, MutexGuard};

static TURN: Mutex<()> = Mutex::const_new(());

/// Locks the local chain for one test, after undoing all controls.
async fn healthy() -> MutexGuard<'static, ()> {
    let turn = TURN.lock().await;
    control(json!({"heal": true})).await;
    assert_eq!(
        standing().await,
        json!({"latency_ms": 0, "faults": [], "hold": false, "clock": 0, "dead": []})
    );
    turn
}

/// Applies a control and returns the active controls.
async fn control(control: Value) -> Value {
    let (status, answer) = post("/control", &control).await;
    assert_eq!(status, 200, "{control}: {answer}");
    answer
}

/// Returns the error of a rejected control.
async fn refused(control: Value) -> String {
    let (status, answer) = post("/control", &control).await;
    assert_eq!(status, 400, "{control}: {answer}");
    answer["error"].as_str().expect("text").to_owned()
}

async fn standing() -> Value {
    let answer = reqwest::get(at("/control")).await.expect("an answer");
    answer.json().await.expect("JSON")
}

/// Returns true if a service responds at all. A dead one closes the connection.
async fn answers(path: &str) -> bool {
    let call = call("eth_chainId", json!([]));
    let sent = reqwest::Client::new().post(at(path)).json(&call).send().await;
    sent.is_ok()
}

/// Waits until a service responds again.
async fn answers_again(path: &str) {
    let patience = Instant::now() + Duration::from_secs(60);
    while !answers(path).await {
        assert!(Instant::now() < patience, "{path} stays dead");
        tokio::time::sleep(Duration::from_millis(20)).await;
    }
}

async fn height() -> u64 {
    let number = ask("/rpc", "eth_blockNumber", json!([])).await.expect("a number");
    let number = number.as_str().and_then(|hex| hex.strip_prefix("0x"));
    u64::from_str_radix(number.expect("hex"), 16).expect("a number")
}

async fn block(number: u64) -> Value {
    let asked = ask(
        "/rpc",
        "eth_getBlockByNumber",
        json!([format!("{number:#x}"), false]),
    );
    asked.await.expect("a block")
}

#[tokio::test]
async fn a_control_that_makes_no_sense_is_refused() {
    let _turn = healthy().await;

    for nonsense in [
        json!({"kill": "node"}),
        json!({"restart": "everything"}),
        json!({"restart_after_ms": 5}),
        json!({"hold": "yes"}),
        json!({"clock": "later"}),
        json!({"reorg": -1}),
    ] {
        refused(nonsense).await;
    }
    assert!(answers("/rpc").await && answers("/bundler").await && answers("/paymaster").await);
}
