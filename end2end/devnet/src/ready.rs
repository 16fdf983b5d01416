use alloy::primitives::B256;
use serde::{Deserialize, Serialize};
use serde_json::Value;

use crate::addresses::Contracts;

/// The addresses and keys of a running local chain, as printed at the start and served at `/health`.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[non_exhaustive]
pub struct Ready {
    /// Always true.
    pub ready: bool,
    /// The base URL of the services, without a trailing slash.
    pub url: String,
    /// The chain id.
    pub chain_id: u64,
    /// The addresses of the contracts.
    pub contracts: Contracts,
    /// Private keys of accounts that hold coins and that the devnet does not use.
    pub funded_keys: Vec<B256>,
}

impl Ready {
    /// Formats the value as one line of JSON, as the program prints it.
    #[must_use]
    pub fn to_line(&self) -> String {
        serde_json::to_value(self)
            .as_ref()
            .map(Value::to_string)
            .unwrap_or_default()
    }
}
