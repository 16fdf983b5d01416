use std::sync::Arc;

use alloy::{primitives::Address, signers::local::PrivateKeySigner};
use leptos::prelude::{expect_context, window};
use serde_json::Value;
use use_aa::{BundlerKind, PaymasterKind, Payment, Services, Wallet, rpc::ServiceUrl};
use wasm_bindgen::{JsCast, JsValue};
use wasm_bindgen_futures::JsFuture;
use web_sys::Response;

pub(super) use self::error::ConfigError;

mod error;

/// What `config.json` beside the page says: one build serves any chain.
#[derive(Clone, Debug)]
pub(super) struct Config {
    pub(super) chain_name: String,
    pub(super) services: Services,
    pub(super) nft: Address,
    /// Where transactions can be looked at.
    pub(super) explorer: Option<String>,
    /// A key of the local chain, which is no secret. Only where the chain's node is on this machine.
    pub(super) dev_wallet: Option<Wallet>,
}

impl Config {
    /// Asks for the file and reads it.
    pub(super) async fn load() -> Result<Self, ConfigError> {
        let response = JsFuture::from(window().fetch_with_str("config.json")).await;
        let response: Response = response.map_err(unreachable)?.unchecked_into();
        if !response.ok() {
            return Err(ConfigError::Status(response.status()));
        }
        let text = JsFuture::from(response.text().map_err(unreachable)?).await;
        Self::parse(&text.map_err(unreachable)?.as_string().unwrap_or_default())
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
        let file = match serde_json::from_str(text) {
            Ok(file @ Value::Object(_)) => File(file),
            Ok(_) => return Err(ConfigError::NotJson("it holds something else".to_owned())),
            Err(error) => return Err(ConfigError::NotJson(error.to_string())),
        };
        let rpc = file.url("rpc")?;
        let is_local = is_loopback(&rpc);
        let dev_wallet = file.dev_wallet()?.filter(|_| is_local);
        Ok(Self {
            chain_name: file.field("chainName", "a name for people", name)?,
            services: file.services(&rpc)?,
            nft: file.field("nft", "the address of a contract", address)?,
            explorer: file.explorer()?,
            dev_wallet,
        })
    }
}

/// The configuration that the page runs with.
pub(super) fn use_config() -> Arc<Config> {
    expect_context()
}

struct File(Value);

impl File {
    /// A field that must be there. A dot leads into an object.
    fn field<T>(
        &self,
        field: &'static str,
        wanted: &'static str,
        read: fn(&Value) -> Option<T>,
    ) -> Result<T, ConfigError> {
        let found = field.split('.').try_fold(&self.0, |value, part| value.get(part));
        let found = found.ok_or(ConfigError::Missing { field, wanted })?;
        read(found).ok_or(ConfigError::Wrong { field, wanted })
    }

    /// Whether a field that may be missing or null is there.
    fn has(&self, field: &'static str) -> bool {
        self.0.get(field).is_some_and(|value| !value.is_null())
    }

    fn url(&self, field: &'static str) -> Result<ServiceUrl, ConfigError> {
        self.field(field, "an http or https address", |value| {
            value.as_str()?.parse().ok()
        })
    }

    fn services(&self, rpc: &ServiceUrl) -> Result<Services, ConfigError> {
        let chain_id = self.field("chainId", "the number of a chain, such as 80002", Value::as_u64)?;
        let services = Services::new(chain_id, rpc.as_str());
        let services = services.map_err(|source| ConfigError::Service { field: "rpc", source })?;

        let kind = self.field(
            "bundler.kind",
            "`standard`, `pimlico` or `biconomy`",
            bundler_kind,
        )?;
        let url = self.url("bundler.url")?;
        let services = services.bundler(kind, url.as_str());
        let services = services.map_err(|source| ConfigError::Service {
            field: "bundler.url",
            source,
        })?;

        if !self.has("paymaster") {
            return Ok(services);
        }
        let kind = self.field("paymaster.kind", "`erc7677` or `biconomy`", paymaster_kind)?;
        let url = self.url("paymaster.url")?;
        let services = services.paymaster(kind, url.as_str());
        services.map_err(|source| ConfigError::Service {
            field: "paymaster.url",
            source,
        })
    }

    fn explorer(&self) -> Result<Option<String>, ConfigError> {
        if !self.has("explorer") {
            return Ok(None);
        }
        let url = self.url("explorer")?;
        Ok(Some(url.as_str().trim_end_matches('/').to_owned()))
    }

    /// The first of the keys, as a wallet.
    fn dev_wallet(&self) -> Result<Option<Wallet>, ConfigError> {
        if !self.has("devKeys") {
            return Ok(None);
        }
        let keys = self.field("devKeys", "a list of private keys of a local chain", keys)?;
        Ok(keys
            .into_iter()
            .next()
            .map(|key| Wallet::local("Local dev wallet", key)))
    }
}

fn name(value: &Value) -> Option<String> {
    value
        .as_str()
        .map(str::trim)
        .filter(|name| !name.is_empty())
        .map(str::to_owned)
}

fn address(value: &Value) -> Option<Address> {
    value.as_str()?.parse().ok()
}

fn bundler_kind(value: &Value) -> Option<BundlerKind> {
    match value.as_str()? {
        "standard" => Some(BundlerKind::Standard),
        "pimlico" => Some(BundlerKind::Pimlico),
        "biconomy" => Some(BundlerKind::Biconomy),
        _ => None,
    }
}

fn paymaster_kind(value: &Value) -> Option<PaymasterKind> {
    match value.as_str()? {
        "erc7677" => Some(PaymasterKind::Erc7677),
        "biconomy" => Some(PaymasterKind::Biconomy),
        _ => None,
    }
}

fn keys(value: &Value) -> Option<Vec<PrivateKeySigner>> {
    value
        .as_array()?
        .iter()
        .map(|key| key.as_str()?.parse().ok())
        .collect()
}

/// Whether a service runs on the machine of whoever reads the page.
fn is_loopback(url: &ServiceUrl) -> bool {
    let (_, host) = url.origin().split_once("://").unwrap_or_default();
    ["127.0.0.1", "localhost", "[::1]"].iter().any(|local| {
        let port = host
            .strip_prefix(local)
            .map(|rest| rest.strip_prefix(':').unwrap_or(rest));
        port.is_some_and(|port| port.bytes().all(|byte| byte.is_ascii_digit()))
    })
}

fn unreachable(error: JsValue) -> ConfigError {
    let message = error
        .dyn_ref::<js_sys::Error>()
        .map(|error| String::from(error.message()));
    ConfigError::Unreachable(message.unwrap_or_else(|| "no reason given".to_owned()))
}

#[cfg(test)]
mod tests;
