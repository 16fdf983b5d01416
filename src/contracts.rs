//! Bindings and addresses of the deployed contracts, nothing else.

pub mod account;
pub mod entry_point;
pub mod modules;
pub mod token;
