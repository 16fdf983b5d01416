use axum::http::StatusCode;
use serde::{Deserialize, Serialize};

use crate::part::Part;

/// A service of the devnet, in all its dialects.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Service {
    /// The chain's node.
    Node,
    /// The bundler.
    Bundler,
    /// The paymaster.
    Paymaster,
}

/// A service in one dialect, as one path serves it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Endpoint {
    Node,
    Bundler,
    Paymaster,
    BiconomyBundler,
    BiconomyPaymaster,
}

impl Service {
    /// Returns the part that must be alive for the service to respond.
    pub(crate) const fn part(self) -> Part {
        match self {
            Self::Node => Part::Chain,
            Self::Bundler => Part::Bundler,
            Self::Paymaster => Part::Paymaster,
        }
    }
}

impl Endpoint {
    /// Returns the name in the log.
    pub(crate) const fn name(self) -> &'static str {
        match self {
            Self::Node => "node",
            Self::Bundler => "bundler",
            Self::Paymaster => "paymaster",
            Self::BiconomyBundler => "biconomy-bundler",
            Self::BiconomyPaymaster => "biconomy-paymaster",
        }
    }

    pub(crate) const fn service(self) -> Service {
        match self {
            Self::Node => Service::Node,
            Self::Bundler | Self::BiconomyBundler => Service::Bundler,
            Self::Paymaster | Self::BiconomyPaymaster => Service::Paymaster,
        }
    }

    /// Returns the HTTP status of an error response.
    pub(crate) const fn error_status(self) -> StatusCode {
        match self {
            Self::BiconomyBundler | Self::BiconomyPaymaster => StatusCode::BAD_REQUEST,
            Self::Node | Self::Bundler | Self::Paymaster => StatusCode::OK,
        }
    }
}
