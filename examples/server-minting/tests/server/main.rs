//! Tests of the store, the vault and the server, with PostgreSQL and a local chain that the tests start.
#![allow(clippy::unwrap_used, reason = "a test that cannot go on has failed")]

#[path = "../../../../tests/suite/support/store.rs"]
mod behaviour;
mod errors;
mod grants;
mod postgres;
mod processes;
mod sealed;
mod store;
mod visitors;
