use std::fmt;

use serde::{Deserialize, Serialize};

/// A part of the devnet that can be killed.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
#[non_exhaustive]
pub enum Part {
    /// The chain. Its blocks and its state survive a kill.
    Chain,
    /// The bundler. Its mempool does not survive a kill.
    Bundler,
    /// The paymasters of both dialects. They run in the devnet's own process: calls in progress are lost.
    Paymaster,
}

impl fmt::Display for Part {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Chain => "chain",
            Self::Bundler => "bundler",
            Self::Paymaster => "paymaster",
        })
    }
}
