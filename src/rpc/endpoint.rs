use alloy::rpc::client::RpcClient;
use serde::{Serialize, de::DeserializeOwned};
use serde_json::value::{RawValue, to_raw_value};

use super::{
    Failure, Service, ServiceError,
    error::excerpt,
    quantity::{Notation, Quantity},
};
use crate::platform::{BoxFuture, sendable};

/// A service and the way to it.
#[derive(Clone, Debug)]
pub(super) struct Endpoint {
    service: Service,
    client: RpcClient,
}

impl Endpoint {
    pub(super) const fn new(service: Service, client: RpcClient) -> Self {
        Self { service, client }
    }

    pub(super) const fn client(&self) -> &RpcClient {
        &self.client
    }

    /// Asks for a value that must be there.
    pub(super) async fn ask<T: DeserializeOwned>(
        &self,
        method: &'static str,
        params: impl Serialize + Send,
    ) -> Result<T, ServiceError> {
        let answer = self.ask_optional(method, params).await?;
        answer.ok_or_else(|| self.failed(method, Failure::Missing))
    }

    /// Asks for a value that may be null.
    pub(super) async fn ask_optional<T: DeserializeOwned>(
        &self,
        method: &'static str,
        params: impl Serialize + Send,
    ) -> Result<Option<T>, ServiceError> {
        let params = to_raw_value(&params).map_err(|error| self.malformed(method, error))?;
        let answer = self.fetch(method, params).await?;
        serde_json::from_str(answer.get()).map_err(|error| self.malformed(method, error))
    }

    /// The chain the service serves.
    pub(super) async fn chain_id(&self) -> Result<u64, ServiceError> {
        const METHOD: &str = "eth_chainId";
        let id: Quantity = self.ask(METHOD, [0; 0]).await?;
        id.read("the chain id", Notation::Standard)
            .and_then(|id| {
                id.try_into()
                    .map_err(|_| Failure::Malformed(format!("{id} is no chain id")))
            })
            .map_err(|failure| self.failed(METHOD, failure))
    }

    pub(super) fn failed(&self, method: &'static str, failure: Failure) -> ServiceError {
        ServiceError {
            service: self.service,
            method,
            failure,
        }
    }

    fn malformed(&self, method: &'static str, error: serde_json::Error) -> ServiceError {
        self.failed(method, Failure::Malformed(excerpt(&error.to_string())))
    }

    // Of one type for all methods, so that alloy's machinery is compiled once.
    fn fetch(
        &self,
        method: &'static str,
        params: Box<RawValue>,
    ) -> BoxFuture<'_, Result<Box<RawValue>, ServiceError>> {
        let call = self
            .client
            .request::<Box<RawValue>, Box<RawValue>>(method, params);
        sendable(async move { call.await.map_err(|error| self.failed(method, error.into())) })
    }
}
