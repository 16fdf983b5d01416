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

    /// Returns true if an optional field is present and not null. A dot separates an object from its field.
    pub(super) fn has(&self, field: &'static str) -> bool {
        let found = field.split('.').try_fold(&self.0, |value, part| value.get(part));
        found.is_some_and(|value| !value.is_null())
    }

    pub(super) fn url(&self, field: &'static str) -> Result<ServiceUrl, ConfigError> {
        self.field(field, "an http or https URL", |value| {
            value.as_str()?.parse().ok()
        })
    }

    pub(super) fn services(&self, rpc: &ServiceUrl) -> Result<Services, ConfigError> {
        self.services_at(rpc, &BUNDLER, &PAYMASTER)
    }

    /// Reads the services of Nexus accounts. An object without services takes those of the other accounts.
    pub(super) fn nexus(&self, rpc: &ServiceUrl) -> Result<Option<Services>, ConfigError> {
        if !self.has("nexus") {
            return Ok(None);
        }
        let is_object = |value: &Json| matches!(value, Json::Object(_)).then_some(());
        self.field("nexus", "an object with a `bundler` and a `paymaster`", is_object)?;
        let own =
            |own: &'static Fields, common: &'static Fields| if self.has(own.all) { own } else { common };
        self.services_at(
            rpc,
            own(&NEXUS_BUNDLER, &BUNDLER),
            own(&NEXUS_PAYMASTER, &PAYMASTER),
        )
        .map(Some)
    }

    fn services_at(
        &self,
        rpc: &ServiceUrl,
        bundler: &Fields,
        paymaster: &Fields,
    ) -> Result<Services, ConfigError> {
        let chain_id = self.field("chainId", "a chain ID, such as 80002", Json::as_u64)?;
        let services = Services::new(chain_id, rpc.as_str());
        let services = services.map_err(ConfigError::of("rpc"))?;

        let kind = self.field(
            bundler.kind,
            "`standard`, `pimlico`, `rundler` or `biconomy`",
            bundler_kind,
        )?;
        let url = self.url(bundler.url)?;
        let services = services.bundler(kind, url.as_str());
        let services = services.map_err(ConfigError::of(bundler.url))?;

        if !self.has(paymaster.all) {
            return Ok(services);
        }
        let kind = self.field(paymaster.kind, "`erc7677` or `biconomy`", paymaster_kind)?;
        let url = self.url(paymaster.url)?;
        let services = services.paymaster(kind, url.as_str());
        let services = services.map_err(ConfigError::of(paymaster.url))?;

        if !self.has(paymaster.address) {
            return Ok(services);
        }
        let sponsor = "the address of the paymaster contract";
        let sponsor = self.field(paymaster.address, sponsor, address)?;
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

/// The names of the fields of a service.
struct Fields {
    all: &'static str,
    kind: &'static str,
    url: &'static str,
    address: &'static str,
}

/// Creates the names of the fields of an object.
macro_rules! fields {
    ($object:literal) => {
        Fields {
            all: $object,
            kind: concat!($object, ".kind"),
            url: concat!($object, ".url"),
            address: concat!($object, ".address"),
        }
    };
}

static BUNDLER: Fields = fields!("bundler");
static PAYMASTER: Fields = fields!("paymaster");
static NEXUS_BUNDLER: Fields = fields!("nexus.bundler");
static NEXUS_PAYMASTER: Fields = fields!("nexus.paymaster");

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
        "rundler" => Some(BundlerKind::RUNDLER),
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
