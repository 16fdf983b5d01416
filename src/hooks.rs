//! The life of a smart account and its operations as signals.

mod derived;
mod local_store;
mod mutation;
mod query;
mod status;
#[cfg(test)]
mod testing;
mod use_wallets;
mod wallet;

pub use self::{
    local_store::LocalStore, mutation::Mutation, query::Query, status::Status, use_wallets::use_wallets,
    wallet::Wallet,
};
