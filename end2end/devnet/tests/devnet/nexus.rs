//! Nexus accounts with Smart Sessions on entry point 0.7, driven with an encoder of the tests' own.

mod account;
mod accounts;
mod entry_point_v08;
mod messages;
mod migration;
mod modules;
mod operation;
mod paymaster;
mod policies;
mod questions;
mod scenarios;
mod session;

use serde_json::Value;

/// Returns the cases of a file of vectors, each with `input` and `output`.
fn cases(json: &str) -> Vec<Value> {
    let file: Value = serde_json::from_str(json).expect("JSON");
    file["cases"].as_array().expect("cases").clone()
}

/// Reads a field of a case.
fn field<T: serde::de::DeserializeOwned>(object: &Value, name: &str) -> T {
    serde_json::from_value(object[name].clone()).unwrap_or_else(|error| panic!("{name}: {error}"))
}
