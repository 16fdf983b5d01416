//! Tests that need a browser: wallets, browser storage, and effects.
#![cfg(target_family = "wasm")]
#![allow(clippy::unwrap_used, reason = "a test that cannot go on has failed")]

mod account_kind;
mod brought;
mod http;
mod lazy_kind;
mod local_store;
mod page;
mod provider;
#[path = "../suite/support/store.rs"]
mod store;
mod streams;
mod suspense;
mod use_user_op_wait;
mod vault;
mod visibility;
mod waits;
mod wallet;
mod wallet_answers;
mod wallet_leaves;
mod wallets;

wasm_bindgen_test::wasm_bindgen_test_configure!(run_in_browser);
