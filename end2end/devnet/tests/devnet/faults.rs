use std::time::{Duration, Instant};

use serde_json::{Value, json};
use tokio::sync::{Mutex, MutexGuard};

use super::{BICONOMY_BUNDLER, at, call, post};

/// Latency and faults are one for all, so tests of them take turns.
static TURN: Mutex<()> = Mutex::const_new(());

async fn set(control: Value) -> MutexGuard<'static, ()> {
    let turn = TURN.lock().await;
    assert_eq!(status_of(&control).await, 200);
    turn
}

/// The status with which a control is answered.
async fn status_of(control: &Value) -> u16 {
    let call = reqwest::Client::new().post(at("/control")).json(control);
    call.send().await.expect("an answer").status().as_u16()
}

async fn get(path: &str) -> Value {
    reqwest::get(at(path))
        .await
        .expect("an answer")
        .json()
        .await
        .expect("JSON")
}

/// Status, content type and body of a call that no service knows.
async fn raw(path: &str, method: &str) -> Result<(u16, String, String), reqwest::Error> {
    let answer = reqwest::Client::new()
        .post(at(path))
        .json(&call(method, json!([])))
        .send()
        .await?;
    let status = answer.status().as_u16();
    let content_type = answer.headers()["content-type"]
        .to_str()
        .expect("text")
        .to_owned();
    Ok((status, content_type, answer.text().await?))
}

async fn logged(method: &str) -> Vec<Value> {
    let log = get("/log").await;
    let entries = log.as_array().expect("a list").iter();
    entries
        .filter(|entry| entry["methods"][0] == method)
        .cloned()
        .collect()
}

#[tokio::test]
async fn each_kind_answers_as_it_says() {
    let _turn = set(json!({"faults": [
        {"match": "node test_500", "kind": "500", "message": "broken"},
        {"match": "node test_page500", "kind": "500html"},
        {"match": "node test_page200", "kind": "200html"},
        {"match": "node test_error200", "kind": "200error", "message": "no", "code": -32500},
        {"match": "bundler test_error200", "kind": "200error", "message": "no"},
        {"match": "node test_error400", "kind": "400error"},
        {"match": "node test_null", "kind": "200null"},
        {"match": "node test_drop", "kind": "drop"},
        {"match": "node net_version", "kind": "rewrite", "result": "7"},
        {"match": "node eth_getBlockByNumber", "kind": "merge", "result": {"number": "0x7"}},
    ]}))
    .await;
    let error = |text: &str| serde_json::from_str::<Value>(text).expect("JSON")["error"].clone();

    let (status, content_type, body) = raw("/rpc", "test_500").await.expect("an answer");
    assert_eq!((status, content_type.as_str()), (500, "application/json"));
    assert_eq!(error(&body)["message"], "broken");

    let (status, content_type, body) = raw("/rpc", "test_page500").await.expect("an answer");
    assert_eq!((status, content_type.as_str()), (500, "text/html"));
    assert!(body.starts_with("<!doctype html>"));

    let (status, content_type, _) = raw("/rpc", "test_page200").await.expect("an answer");
    assert_eq!((status, content_type.as_str()), (200, "text/html"));

    let (status, _, body) = raw("/rpc", "test_error200").await.expect("an answer");
    assert_eq!(
        (status, error(&body)),
        (200, json!({"code": -32500, "message": "no"}))
    );
    let (status, _, _) = raw(BICONOMY_BUNDLER, "test_error200").await.expect("an answer");
    assert_eq!(status, 200);

    let (status, _, body) = raw("/rpc", "test_error400").await.expect("an answer");
    assert_eq!((status, &error(&body)["code"]), (400, &json!(-32000)));

    let (_, answer) = post("/rpc", &call("test_null", json!([]))).await;
    assert_eq!(answer, json!({"jsonrpc": "2.0", "id": 1, "result": null}));

    assert!(raw("/rpc", "test_drop").await.is_err());
    assert_eq!(logged("test_drop").await[0]["error"], "dropped");
    assert_eq!(logged("test_drop").await[0]["status"], Value::Null);

    let (_, answer) = post("/rpc", &call("net_version", json!([]))).await;
    assert_eq!(answer["result"], "7");

    let (_, answer) = post("/rpc", &call("eth_getBlockByNumber", json!(["latest", false]))).await;
    assert_eq!(answer["result"]["number"], "0x7");
    assert!(answer["result"]["hash"].is_string());
}

#[tokio::test]
async fn in_a_batch_only_the_call_that_is_met_fails() {
    let _turn =
        set(json!({"faults": [{"match": "eth_gasPrice", "kind": "200error", "message": "no"}]})).await;
    let batch = json!([call("eth_chainId", json!([])), call("eth_gasPrice", json!([]))]);

    let (status, answers) = post("/rpc", &batch).await;

    assert_eq!(status, 200);
    assert_eq!(answers[0]["result"], "0x13882");
    assert_eq!(answers[1]["error"]["message"], "no");
}

#[tokio::test]
async fn delay_and_latency_hold_calls_back() {
    let _turn =
        set(json!({"latency_ms": 50, "faults": [{"match": "eth_mining", "kind": "delay", "ms": 150}]})).await;
    let took = async |method: &str| {
        let start = Instant::now();
        let _ = post("/rpc", &call(method, json!([]))).await;
        start.elapsed()
    };

    let latency = took("eth_syncing").await;
    let both = took("eth_mining").await;
    let entry = logged("eth_syncing").await[0].clone();
    let reset = reqwest::Client::new()
        .post(at("/control"))
        .json(&json!({"latency_ms": 0}))
        .send()
        .await;

    assert!(latency >= Duration::from_millis(50), "{latency:?}");
    assert!(both >= Duration::from_millis(200), "{both:?}");
    let logged = entry["end_ms"].as_f64().expect("a time") - entry["start_ms"].as_f64().expect("a time");
    assert!(logged >= 50.0, "{logged}");
    assert!(reset.is_ok_and(|answer| answer.status().is_success()));
}

#[tokio::test]
async fn control_shows_what_remains() {
    let _turn =
        set(json!({"faults": [{"match": "test_remains", "kind": "200null", "skip": 1, "times": 2}]})).await;

    for _ in 0..2 {
        post("/rpc", &call("test_remains", json!([]))).await;
    }

    let remains = get("/control").await;
    assert_eq!(
        remains["faults"],
        json!([{"match": "test_remains", "kind": "200null", "skip": 0, "times": 1}])
    );
}

#[tokio::test]
async fn a_control_that_is_not_understood_is_refused() {
    for control in [
        json!({"faults": [{"kind": "explode"}]}),
        json!({"latency": 5}),
        json!([]),
    ] {
        assert_eq!(status_of(&control).await, 400, "{control}");
    }
}
