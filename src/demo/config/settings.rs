use alloy::primitives::Address;
use use_aa::{BiconomyV2, Payment, Services, Wallet, account::biconomy_v2::BiconomyV2Kind, rpc::ServiceUrl};

use super::{ConfigError, File};

/// The configuration in `config.json` beside the page. One build serves any chain.
#[derive(Clone, Debug)]
pub(crate) struct Config {
    pub(crate) chain_name: String,
    pub(crate) services: Services,
    pub(crate) nft: Address,
    /// A token that the paymaster accepts for gas.
    pub(crate) token: Option<Address>,
    /// The URL of the block explorer.
    pub(crate) explorer: Option<String>,
    /// A wallet with a key of the local chain, which is no secret. `None` unless the chain's node runs on this machine.
    pub(crate) dev_wallet: Option<Wallet>,
}

impl Config {
    /// The kind of the accounts.
    pub(crate) const ACCOUNT: BiconomyV2Kind = BiconomyV2::KIND;

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

    pub(super) fn parse(text: &str) -> Result<Self, ConfigError> {
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

/// Returns true if a service runs on the user's own machine.
fn is_loopback(url: &ServiceUrl) -> bool {
    let (_, host) = url.origin().split_once("://").unwrap_or_default();
    let is_port = |port: &str| port.bytes().all(|byte| byte.is_ascii_digit());
    ["127.0.0.1", "localhost", "[::1]"].iter().any(|local| {
        let rest = host.strip_prefix(local);
        rest.is_some_and(|rest| rest.is_empty() || rest.strip_prefix(':').is_some_and(is_port))
    })
}
