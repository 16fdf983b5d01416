use std::sync::Arc;

use leptos::prelude::expect_context;
use thiserror::Error;

use self::{error::ConfigError, file::File};
pub(super) use self::{kind::Kind, settings::Config};
use super::fetch::{self, FetchError};

mod error;
mod file;
#[cfg(test)]
mod holds;
mod kind;
mod settings;

impl Config {
    /// Fetches and parses `config.json`.
    pub(super) async fn load() -> Result<Self, LoadError> {
        Ok(Self::parse(&fetch::text("config.json").await?)?)
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
}

impl LoadError {
    /// The stable code of the error.
    pub(super) const fn code(&self) -> &'static str {
        match self {
            Self::Fetch(error) => error.code(),
            Self::Config(error) => error.code(),
        }
    }
}

/// Returns the configuration of the dapp.
pub(super) fn use_config() -> Arc<Config> {
    expect_context()
}

#[cfg(test)]
mod tests;
