//! The services and their shared state.

use std::sync::Arc;

use axum::http::StatusCode;
use serde::{Deserialize, Serialize};

use crate::{
    biconomy,
    control::Part,
    jsonrpc::{Call, Outcome, RpcError, Upstream},
    parts::Parts,
    paymaster,
    sponsor::Sponsor,
};

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

/// The services of all namespaces.
#[derive(Debug)]
pub(crate) struct Services {
    pub(crate) node: Upstream,
    pub(crate) bundler: Upstream,
    pub(crate) parts: Arc<Parts>,
    pub(crate) sponsor: Sponsor,
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

impl Services {
    pub(crate) async fn outcome(&self, endpoint: Endpoint, call: &Call) -> Outcome {
        match endpoint {
            Endpoint::Node => self.node.call(&call.method, call.params.clone()).await,
            // Debug methods are for the devnet itself.
            Endpoint::Bundler if call.method.starts_with("debug_") => {
                Err(RpcError::unknown_method(&call.method))
            }
            Endpoint::Bundler => self.bundler.call(&call.method, call.params.clone()).await,
            Endpoint::Paymaster => paymaster::serve(self, call).await,
            Endpoint::BiconomyBundler => biconomy::bundler::serve(self, call).await,
            Endpoint::BiconomyPaymaster => biconomy::paymaster::serve(self, call).await,
        }
    }
}
