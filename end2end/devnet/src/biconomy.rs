//! Biconomy's bundler and paymaster dialects.

pub(crate) mod bundler;
pub(crate) mod paymaster;
