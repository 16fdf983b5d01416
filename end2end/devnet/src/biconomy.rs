//! Biconomy's dialects.

pub(crate) mod bundler;
pub(crate) mod paymaster;
