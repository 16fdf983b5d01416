use alloy::{primitives::Address, signers::local::PrivateKeySigner};
use use_aa::{BundlerKind, Json, PaymasterKind, Services, Wallet, rpc::ServiceUrl};

use super::ConfigError;

/// The parsed `config.json`, read field by field.
pub(super) struct File(Json);

impl File {
    pub(super) fn read(text: &str) -> Result<Self, ConfigError> {
        match Json::parse(text) {
            Ok(file @ Json::Object(_)) => Ok(Self(file)),
            Ok(_) => Err(ConfigError::NotJson("another JSON type".to_owned())),
            Err(error) => Err(ConfigError::NotJson(format!(
                "the text is wrong at byte {}",
                error.at
            ))),
        }
    }

    pub(super) fn chain_name(&self) -> Result<String, ConfigError> {
        self.field("chainName", "the name of the chain", name)
    }

    pub(super) fn nft(&self) -> Result<Address, ConfigError> {
        self.field("nft", "the address of a contract", address)
    }

    pub(super) fn token(&self) -> Result<Option<Address>, ConfigError> {
        if !self.has("token") {
            return Ok(None);
        }
        let token = self.field("token", "the address of a token (ERC-20)", address)?;
        Ok(Some(token))
    }

    /// Reads a required field. A dot separates an object from its field.
    fn field<T>(
        &self,
        field: &'static str,
        wanted: &'static str,
        read: fn(&Json) -> Option<T>,
    ) -> Result<T, ConfigError> {
        let found = field.split('.').try_fold(&self.0, |value, part| value.get(part));
        let found = found.ok_or(ConfigError::Missing { field, wanted })?;
        read(found).ok_or(ConfigError::Wrong { field, wanted })
    }

    /// Returns true if an optional field is present and not null.
    fn has(&self, field: &'static str) -> bool {
        self.0.get(field).is_some_and(|value| !value.is_null())
    }

    pub(super) fn url(&self, field: &'static str) -> Result<ServiceUrl, ConfigError> {
        self.field(field, "an http or https URL", |value| {
            value.as_str()?.parse().ok()
        })
    }

    pub(super) fn services(&self, rpc: &ServiceUrl) -> Result<Services, ConfigError> {
        let chain_id = self.field("chainId", "a chain ID, such as 80002", Json::as_u64)?;
        let services = Services::new(chain_id, rpc.as_str());
        let services = services.map_err(ConfigError::of("rpc"))?;

        let kind = self.field(
            "bundler.kind",
            "`standard`, `pimlico` or `biconomy`",
            bundler_kind,
        )?;
        let url = self.url("bundler.url")?;
        let services = services.bundler(kind, url.as_str());
        let services = services.map_err(ConfigError::of("bundler.url"))?;

        if !self.has("paymaster") {
            return Ok(services);
        }
        let kind = self.field("paymaster.kind", "`erc7677` or `biconomy`", paymaster_kind)?;
        let url = self.url("paymaster.url")?;
        let services = services.paymaster(kind, url.as_str());
        let services = services.map_err(ConfigError::of("paymaster.url"))?;

        if self.0["paymaster"]["address"].is_null() {
            return Ok(services);
        }
        let sponsor = "the address of the paymaster contract";
        let sponsor = self.field("paymaster.address", sponsor, address)?;
        Ok(services.paymaster_address(sponsor))
    }

    pub(super) fn explorer(&self) -> Result<Option<String>, ConfigError> {
        if !self.has("explorer") {
            return Ok(None);
        }
        let url = self.url("explorer")?;
        Ok(Some(url.as_str().trim_end_matches('/').to_owned()))
    }

    /// Returns a wallet for the first of the development keys.
    pub(super) fn dev_wallet(&self) -> Result<Option<Wallet>, ConfigError> {
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

fn name(value: &Json) -> Option<String> {
    value
        .as_str()
        .map(str::trim)
        .filter(|name| !name.is_empty())
        .map(str::to_owned)
}

fn address(value: &Json) -> Option<Address> {
    value.as_str()?.parse().ok()
}

fn bundler_kind(value: &Json) -> Option<BundlerKind> {
    match value.as_str()? {
        "standard" => Some(BundlerKind::STANDARD),
        "pimlico" => Some(BundlerKind::PIMLICO),
        "biconomy" => Some(BundlerKind::BICONOMY),
        _ => None,
    }
}

fn paymaster_kind(value: &Json) -> Option<PaymasterKind> {
    match value.as_str()? {
        "erc7677" => Some(PaymasterKind::ERC7677),
        "biconomy" => Some(PaymasterKind::BICONOMY),
        _ => None,
    }
}

fn keys(value: &Json) -> Option<Vec<PrivateKeySigner>> {
    value
        .members()?
        .iter()
        .map(|key| key.as_str()?.parse().ok())
        .collect()
}
