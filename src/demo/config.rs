use std::sync::Arc;

use leptos::{prelude::expect_context, wasm_split::SplitLoaderError};
use thiserror::Error;

use self::{error::ConfigError, file::File};
pub(super) use self::{kind::Kind, settings::Config};
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
    /// Fetches and parses `config.json`.
    pub(super) async fn load() -> Result<Self, LoadError> {
        let text = fetch::text("config.json").await?;
        let config = Self::parse(&text)?;
        match config.has_dev_keys {
            true => with_dev_wallet(config, text).await,
            false => Ok(config),
        }
    }
}

part! {
    /// Adds the wallet of the development keys, which the configuration of a local chain has. No other dapp loads its code.
    in dev_wallet: fn with_dev_wallet(config: Config, text: String) -> Result<Config, LoadError> {
        Ok(config.with_dev_wallet(&text)?)
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
