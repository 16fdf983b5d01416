use std::sync::Arc;

use leptos::{
    prelude::{RwSignal, Set, expect_context},
    wasm_split::SplitLoaderError,
};
use thiserror::Error;
use use_aa::Wallet;

use self::{error::ConfigError, file::File};
pub(super) use self::{
    kind::{Describe, Kind},
    settings::Config,
};
use super::{
    chunk::{NOT_LOADED, part},
    fetch::{self, FetchError},
};

mod error;
mod file;
#[cfg(test)]
mod holds;
mod kind;
mod settings;

impl Config {
    /// Fetches, parses and sets `config.json`. The wallet of the development keys is set later: no page waits for it.
    pub(super) async fn load(into: RwSignal<Option<Result<Self, LoadError>>>) {
        let (config, text) = match Self::fetch().await {
            Ok(fetched) => fetched,
            Err(error) => return into.set(Some(Err(error))),
        };
        let (wallet, has_dev_keys) = (config.dev_wallet.clone(), config.has_dev_keys);
        into.set(Some(Ok(config)));
        if has_dev_keys {
            match dev_wallet(text).await {
                Ok(found) => wallet.set(found),
                Err(error) => into.set(Some(Err(error))),
            }
        }
    }

    async fn fetch() -> Result<(Self, String), LoadError> {
        let text = fetch::text("config.json").await?;
        Ok((Self::parse(&text)?, text))
    }
}

part! {
    /// Creates the wallet of the development keys, which the configuration of a local chain has. No other dapp loads its code.
    in dev_wallet: fn dev_wallet(text: String) -> Result<Option<Wallet>, LoadError> {
        Ok(Config::dev_wallet_of(&text)?)
    }
}

/// An error of loading `config.json`.
#[derive(Clone, Debug, PartialEq, Error)]
pub(super) enum LoadError {
    /// The file could not be fetched.
    #[error(transparent)]
    Fetch(#[from] FetchError),
    /// The content of the file is not valid.
    #[error(transparent)]
    Config(#[from] ConfigError),
    /// The wallet of the development keys was not loaded.
    #[error("{NOT_LOADED}")]
    NotLoaded,
}

impl From<SplitLoaderError> for LoadError {
    fn from(_: SplitLoaderError) -> Self {
        Self::NotLoaded
    }
}

impl LoadError {
    /// The stable code of the error.
    pub(super) const fn code(&self) -> &'static str {
        match self {
            Self::Fetch(error) => error.code(),
            Self::Config(error) => error.code(),
            Self::NotLoaded => "file.not_loaded",
        }
    }
}

/// Returns the configuration of the dapp.
pub(super) fn use_config() -> Arc<Config> {
    expect_context()
}

#[cfg(test)]
mod tests;
