use std::sync::Arc;

use alloy::primitives::Address;
use leptos::prelude::expect_context;
use use_aa::{Payment, Services, Wallet, rpc::ServiceUrl};

pub(super) use self::error::ConfigError;
use self::file::File;
use super::fetch;

mod error;
mod file;

/// What `config.json` beside the page says: one build serves any chain.
#[derive(Clone, Debug)]
pub(super) struct Config {
    pub(super) chain_name: String,
    pub(super) services: Services,
    pub(super) nft: Address,
    /// A token that the paymaster takes for gas.
    pub(super) token: Option<Address>,
    /// Where transactions can be looked at.
    pub(super) explorer: Option<String>,
    /// A key of the local chain, which is no secret. Only where the chain's node is on this machine.
    pub(super) dev_wallet: Option<Wallet>,
}

impl Config {
    /// Asks for the file and reads it.
    pub(super) async fn load() -> Result<Self, ConfigError> {
        Self::parse(&fetch::text("config.json").await?)
    }

    /// Who pays for gas on this chain.
    pub(super) const fn payment(&self) -> Payment {
        if self.services.has_paymaster() {
            Payment::Sponsored
        } else {
            Payment::Own
        }
    }

    /// The page of a transaction in the chain's explorer.
    pub(super) fn transaction_url(&self, hash: &str) -> Option<String> {
        let explorer = self.explorer.as_ref()?;
        Some(format!("{explorer}/tx/{hash}"))
    }

    fn parse(text: &str) -> Result<Self, ConfigError> {
        let file = File::read(text)?;
        let rpc = file.url("rpc")?;
        let is_local = is_loopback(&rpc);
        let dev_wallet = file.dev_wallet()?.filter(|_| is_local);
        Ok(Self {
            chain_name: file.chain_name()?,
            services: file.services(&rpc)?,
            nft: file.nft()?,
            token: file.token()?,
            explorer: file.explorer()?,
            dev_wallet,
        })
    }
}

/// The configuration that the page runs with.
pub(super) fn use_config() -> Arc<Config> {
    expect_context()
}

/// Whether a service runs on the machine of whoever reads the page.
fn is_loopback(url: &ServiceUrl) -> bool {
    let (_, host) = url.origin().split_once("://").unwrap_or_default();
    let is_port = |port: &str| port.bytes().all(|byte| byte.is_ascii_digit());
    ["127.0.0.1", "localhost", "[::1]"].iter().any(|local| {
        let rest = host.strip_prefix(local);
        rest.is_some_and(|rest| rest.is_empty() || rest.strip_prefix(':').is_some_and(is_port))
    })
}

#[cfg(test)]
mod tests;
