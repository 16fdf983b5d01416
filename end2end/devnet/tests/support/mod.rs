//! A local chain, calls to its services, and operations made by hand.
#![allow(dead_code, reason = "each test binary uses a part of it")]

pub(crate) mod operation;

use std::sync::LazyLock;

use devnet::{Devnet, Options};
use serde_json::{Value, json};

pub(crate) static DEVNET: LazyLock<Devnet> =
    LazyLock::new(|| Devnet::start(Options::default()).expect("the local chain starts"));

pub(crate) const BICONOMY_BUNDLER: &str = "/api/v2/80002/key";
pub(crate) const BICONOMY_PAYMASTER: &str = "/api/v1/80002/key";

/// The HTTP status and body of a call.
pub(crate) async fn post(path: &str, body: &Value) -> (u16, Value) {
    let answer = reqwest::Client::new()
        .post(at(path))
        .json(body)
        .send()
        .await
        .expect("an answer");
    let status = answer.status().as_u16();
    (status, answer.json().await.expect("JSON"))
}

/// The result of a call, or its error.
pub(crate) async fn ask(path: &str, method: &str, params: Value) -> Result<Value, Value> {
    let (_, mut answer) = post(path, &call(method, params)).await;
    match answer["error"].take() {
        Value::Null => Ok(answer["result"].take()),
        error => Err(error),
    }
}

pub(crate) fn call(method: &str, params: Value) -> Value {
    json!({"jsonrpc": "2.0", "id": 1, "method": method, "params": params})
}

pub(crate) fn at(path: &str) -> String {
    format!("{}{path}", DEVNET.url())
}
