//! One local chain for all tests. What changes latency or faults takes turns; what reads the log looks for methods
//! that no other test calls.

mod abi_module;
mod accounts;
mod faults;
// Looks for processes where Linux lists them.
#[cfg(target_os = "linux")]
mod life;
mod operation;
mod payments;
mod services;

use std::sync::LazyLock;

use devnet::{Devnet, Options};
use serde_json::{Value, json};

static DEVNET: LazyLock<Devnet> =
    LazyLock::new(|| Devnet::start(Options::default()).expect("the local chain starts"));

const BICONOMY_BUNDLER: &str = "/api/v2/80002/key";
const BICONOMY_PAYMASTER: &str = "/api/v1/80002/key";

/// The HTTP status and body of a call.
async fn post(path: &str, body: &Value) -> (u16, Value) {
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
async fn ask(path: &str, method: &str, params: Value) -> Result<Value, Value> {
    let (_, mut answer) = post(path, &call(method, params)).await;
    match answer["error"].take() {
        Value::Null => Ok(answer["result"].take()),
        error => Err(error),
    }
}

fn call(method: &str, params: Value) -> Value {
    json!({"jsonrpc": "2.0", "id": 1, "method": method, "params": params})
}

fn at(path: &str) -> String {
    format!("{}{path}", DEVNET.url())
}
