//! A local chain, calls to its services, and user operations built by hand.
#![allow(dead_code, reason = "each test binary uses a part of it")]

pub(crate) mod operation;

use std::sync::LazyLock;

use devnet::{Control, Devnet, Entry, Options};
use serde_json::{Value, json};

pub(crate) static DEVNET: LazyLock<Devnet> =
    LazyLock::new(|| Devnet::start(Options::default()).expect("the local chain starts"));

pub(crate) const BICONOMY_BUNDLER: &str = "/api/v2/80002/key";
pub(crate) const BICONOMY_PAYMASTER: &str = "/api/v1/80002/key";

/// Posts a body and returns the HTTP status and the body of the response.
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

/// Returns the result of a call, or its error.
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

/// A namespace of the local chain that no other test uses.
pub(crate) struct Namespace {
    path: String,
}

impl Namespace {
    pub(crate) fn new(id: &str) -> Self {
        Self {
            path: format!("/t/{id}"),
        }
    }

    /// Returns the path of a service in the namespace.
    pub(crate) fn path(&self, path: &str) -> String {
        format!("{}{path}", self.path)
    }

    /// Applies a control and returns the active controls.
    pub(crate) async fn control(&self, control: Control) -> Control {
        let body = serde_json::to_value(&control).expect("JSON");
        let (status, answer) = post(&self.path("/control"), &body).await;
        assert_eq!(status, 200, "{control:?}: {answer}");
        serde_json::from_value(answer).expect("a control")
    }

    /// Returns the log entries of one method.
    pub(crate) async fn logged(&self, method: &str) -> Vec<Entry> {
        let log = reqwest::get(at(&self.path("/log"))).await.expect("an answer");
        let mut log: Vec<Entry> = log.json().await.expect("a log");
        log.retain(|entry| entry.methods.iter().any(|name| name == method));
        log
    }
}
