//! The settings in environment variables.

use std::{fmt, net::SocketAddr, str::FromStr, sync::Arc};

use alloy::{primitives::Address, signers::local::PrivateKeySigner};
use use_aa::{AccountOwner, BiconomyV2, BundlerKind, Nexus, PaymasterKind, Services, SmartAccountClient};

use crate::{
    error::StartError,
    store::PostgresStore,
    vault::{VAULT_KEY, Vault},
};

/// The environment variables of every command.
///
/// | Variable | Content |
/// |---|---|
/// | `DATABASE_URL` | the database, such as `postgres://minter@db.example/minter` |
/// | `VAULT_KEY` | 32 random bytes in hexadecimal digits, which seal the session keys |
/// | `CHAIN_ID` | the number of the chain |
/// | `NODE_URL`, `BUNDLER_URL`, `PAYMASTER_URL` | the services |
/// | `ACCOUNT_KIND` | `nexus`, by default, or `biconomy-v2` |
/// | `NFT` | the contract that mints |
///
/// `Debug` shows no value.
pub struct Settings {
    database: String,
    vault: Vault,
    services: Services,
    kind: Kind,
    /// The contract that mints.
    pub nft: Address,
}

/// The account kinds.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kind {
    /// Biconomy's smart account V2, of entry point 0.6. A grant is an operation.
    BiconomyV2,
    /// Biconomy Nexus, of entry point 0.7. A grant is a signature.
    Nexus,
}

impl Kind {
    fn owned_by(self, services: Services, owner: impl AccountOwner + 'static) -> SmartAccountClient {
        match self {
            Self::BiconomyV2 => SmartAccountClient::new(services, BiconomyV2::owned_by(owner)),
            Self::Nexus => SmartAccountClient::new(services, Nexus::owned_by(owner)),
        }
    }

    fn at(self, services: Services, account: Address) -> SmartAccountClient {
        match self {
            Self::BiconomyV2 => SmartAccountClient::new(services, BiconomyV2::at(account)),
            Self::Nexus => SmartAccountClient::new(services, Nexus::at(account)),
        }
    }
}

impl Settings {
    /// Reads the settings by the names of their variables.
    ///
    /// # Errors
    ///
    /// [`StartError::Missing`] and [`StartError::Malformed`] with the name of the variable, or the error of a URL.
    pub fn read(variable: impl Fn(&str) -> Option<String>) -> Result<Self, StartError> {
        let text = |name| required(&variable, name);
        let services = Services::new(
            of(&variable, "CHAIN_ID", "the chain's number")?,
            &text("NODE_URL")?,
        )?
        .bundler(BundlerKind::STANDARD, &text("BUNDLER_URL")?)?
        .paymaster(PaymasterKind::ERC7677, &text("PAYMASTER_URL")?)?;
        let kind = match variable("ACCOUNT_KIND").as_deref() {
            None | Some("" | "nexus") => Kind::Nexus,
            Some("biconomy-v2") => Kind::BiconomyV2,
            Some(_) => {
                return Err(StartError::Malformed {
                    name: "ACCOUNT_KIND",
                    expected: "`nexus` or `biconomy-v2`",
                });
            }
        };
        Ok(Self {
            database: text("DATABASE_URL")?,
            vault: Vault::parse(&text(VAULT_KEY)?)?,
            services,
            kind,
            nft: of(&variable, "NFT", "the address of a contract")?,
        })
    }

    /// Connects to the database.
    ///
    /// # Errors
    ///
    /// The errors of [`PostgresStore::connect`].
    pub async fn connect(self) -> Result<Connected, StartError> {
        let store = PostgresStore::connect(&self.database, self.vault).await?;
        Ok(Connected {
            store,
            services: self.services,
            kind: self.kind,
            nft: self.nft,
        })
    }
}

impl fmt::Debug for Settings {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Settings")
    }
}

/// The settings with an open database.
#[derive(Debug)]
pub struct Connected {
    /// The store of the sessions.
    pub store: PostgresStore,
    /// The contract that mints.
    pub nft: Address,
    services: Services,
    kind: Kind,
}

impl Connected {
    /// Returns the client of the account's owner, whose key is in the variable `OWNER_KEY`.
    ///
    /// # Errors
    ///
    /// [`StartError::Missing`] and [`StartError::Malformed`].
    pub fn owner(self, variable: impl Fn(&str) -> Option<String>) -> Result<SmartAccountClient, StartError> {
        let owner: PrivateKeySigner = of(&variable, "OWNER_KEY", "a private key in hexadecimal digits")?;
        Ok(self
            .kind
            .owned_by(self.services, owner)
            .store(Arc::new(self.store)))
    }

    /// Returns the client of the account in the variable `ACCOUNT`, without its owner.
    ///
    /// # Errors
    ///
    /// [`StartError::Missing`] and [`StartError::Malformed`].
    pub fn account(
        self,
        variable: impl Fn(&str) -> Option<String>,
    ) -> Result<SmartAccountClient, StartError> {
        let account = of(
            &variable,
            "ACCOUNT",
            "the address that `server-minting grant` printed",
        )?;
        Ok(self.kind.at(self.services, account).store(Arc::new(self.store)))
    }
}

/// Returns the address to listen at, from the variable `LISTEN`. The default is `127.0.0.1:3000`.
///
/// # Errors
///
/// [`StartError::Malformed`].
pub fn listen(variable: impl Fn(&str) -> Option<String>) -> Result<SocketAddr, StartError> {
    let default = |name: &str| variable(name).or_else(|| Some("127.0.0.1:3000".to_owned()));
    of(
        &default,
        "LISTEN",
        "an address and a port, such as 127.0.0.1:3000",
    )
}

fn required(variable: &impl Fn(&str) -> Option<String>, name: &'static str) -> Result<String, StartError> {
    let value = variable(name).filter(|value| !value.is_empty());
    value.ok_or(StartError::Missing(name))
}

fn of<T: FromStr>(
    variable: &impl Fn(&str) -> Option<String>,
    name: &'static str,
    expected: &'static str,
) -> Result<T, StartError> {
    let value = required(variable, name)?;
    value
        .parse()
        .map_err(|_| StartError::Malformed { name, expected })
}

#[cfg(test)]
mod tests {
    use super::*;

    const KEY: &str = "e15f0a2d2f9c6d2b8f5e9a4c7b3d1f608192a3b4c5d6e7f8091a2b3c4d5e6f70";
    const COMPLETE: [(&str, &str); 7] = [
        ("DATABASE_URL", "postgres://minter:secret@127.0.0.1/minter"),
        ("VAULT_KEY", KEY),
        ("CHAIN_ID", "80002"),
        ("NODE_URL", "http://127.0.0.1:8545/rpc"),
        ("BUNDLER_URL", "http://127.0.0.1:8545/bundler"),
        ("PAYMASTER_URL", "http://127.0.0.1:8545/paymaster"),
        ("NFT", "0x1758f42Af7026fBbB559Dc60EcE0De3ef81f665e"),
    ];

    /// Reads the complete settings, with another value of one variable.
    fn read(changed: &str, value: Option<&str>) -> Result<Settings, StartError> {
        Settings::read(|name| {
            let of_all = COMPLETE.iter().find(|(known, _)| *known == name);
            let value = if name == changed {
                value
            } else {
                of_all.map(|(_, value)| *value)
            };
            value.map(str::to_owned)
        })
    }

    #[test]
    fn complete_settings_are_read_and_not_shown() {
        let settings = read("", None).unwrap();

        assert_eq!(settings.kind, Kind::Nexus);
        assert_eq!(format!("{settings:?}"), "Settings");
    }

    #[test]
    fn each_missing_variable_is_named() {
        for (name, _) in COMPLETE {
            for value in [None, Some("")] {
                let error = read(name, value).unwrap_err().to_string();

                assert_eq!(
                    error,
                    format!("a setting is missing: {name}; set this environment variable")
                );
            }
        }
    }

    #[test]
    fn wrong_value_is_an_error_that_names_the_variable_and_not_the_value() {
        for name in ["VAULT_KEY", "CHAIN_ID", "NFT", "ACCOUNT_KIND"] {
            let error = read(name, Some("wrong-1234")).unwrap_err().to_string();

            assert!(
                error.starts_with(&format!("a setting is wrong: {name}; set it to ")),
                "{error}"
            );
            assert!(!error.contains("wrong-1234"), "{error}");
        }
    }
}
