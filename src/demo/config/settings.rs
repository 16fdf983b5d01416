use alloy::primitives::Address;
use leptos::prelude::ArcRwSignal;
use use_aa::{Payment, Services, Wallet, rpc::ServiceUrl};

use super::{ConfigError, File, Kind};

/// The configuration in `config.json` beside the page. One build serves any chain.
#[derive(Clone, Debug)]
pub(crate) struct Config {
    pub(crate) chain_name: String,
    pub(crate) services: Services,
    /// The services of Nexus accounts, if the dapp offers that kind.
    pub(super) nexus: Option<Services>,
    pub(crate) nft: Address,
    /// A token that the paymaster accepts for gas.
    pub(crate) token: Option<Address>,
    /// The URL of the block explorer.
    pub(crate) explorer: Option<String>,
    /// A wallet with a key of the local chain, which is no secret. `None` until its code is loaded, and unless the chain's
    /// node runs on this machine.
    pub(crate) dev_wallet: ArcRwSignal<Option<Wallet>>,
    /// True if the file has keys for that wallet.
    pub(crate) has_dev_keys: bool,
}

impl Config {
    /// Returns the kinds of accounts that the dapp offers, the default first.
    pub(crate) const fn kinds(&self) -> &'static [Kind] {
        match self.nexus {
            Some(_) => &[Kind::BiconomyV2, Kind::Nexus, Kind::Nexus7702, Kind::Moved],
            None => &[Kind::BiconomyV2],
        }
    }

    /// Returns the services of the accounts of a kind.
    pub(crate) fn services_of(&self, kind: Kind) -> Services {
        let nexus = self.nexus.as_ref().filter(|_| kind != Kind::BiconomyV2);
        nexus.unwrap_or(&self.services).clone()
    }

    /// Returns the payment for gas on this chain: sponsored if there is a paymaster.
    pub(crate) const fn payment(&self) -> Payment {
        if self.services.has_paymaster() {
            Payment::Sponsored
        } else {
            Payment::Own
        }
    }

    /// Returns the URL of a transaction in the block explorer.
    pub(crate) fn transaction_url(&self, hash: &str) -> Option<String> {
        let explorer = self.explorer.as_ref()?;
        Some(format!("{explorer}/tx/{hash}"))
    }

    /// Parses the text of the file, without the wallet of the development keys.
    pub(super) fn parse(text: &str) -> Result<Self, ConfigError> {
        let file = File::read(text)?;
        let rpc = file.url("rpc")?;
        Ok(Self {
            chain_name: file.chain_name()?,
            services: file.services(&rpc)?,
            nexus: file.nexus(&rpc)?,
            nft: file.nft()?,
            token: file.token()?,
            explorer: file.explorer()?,
            dev_wallet: ArcRwSignal::default(),
            has_dev_keys: file.has("devKeys") && is_loopback(&rpc),
        })
    }

    /// Creates the wallet of the development keys in the text of the file, if it has keys for a chain on this machine.
    pub(super) fn dev_wallet_of(text: &str) -> Result<Option<Wallet>, ConfigError> {
        let file = File::read(text)?;
        let is_local = is_loopback(&file.url("rpc")?);
        Ok(file.dev_wallet()?.filter(|_| is_local))
    }
}

/// Returns true if a service runs on the user's own machine.
fn is_loopback(url: &ServiceUrl) -> bool {
    let (_, host) = url.origin().split_once("://").unwrap_or_default();
    let is_port = |port: &str| port.bytes().all(|byte| byte.is_ascii_digit());
    ["127.0.0.1", "localhost", "[::1]"].iter().any(|local| {
        let rest = host.strip_prefix(local);
        rest.is_some_and(|rest| rest.is_empty() || rest.strip_prefix(':').is_some_and(is_port))
    })
}
