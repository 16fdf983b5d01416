use alloy::rpc::client::RpcClient;
use serde_json::{Value, value::RawValue};

use super::{
    Failure, Service, ServiceError,
    part::{Notation, Part},
};
use crate::platform::{BoxFuture, sendable};

/// A service, its alloy client and its notation of numbers.
#[derive(Clone, Debug)]
pub(super) struct Endpoint {
    service: Service,
    client: RpcClient,
    notation: Notation,
}

impl Endpoint {
    pub(super) const fn new(service: Service, client: RpcClient) -> Self {
        Self {
            service,
            client,
            notation: Notation::Standard,
        }
    }

    /// Sets the notation of numbers in the service's answers. The default is the standard's hex.
    pub(super) const fn notation(mut self, notation: Notation) -> Self {
        self.notation = notation;
        self
    }

    pub(super) const fn client(&self) -> &RpcClient {
        &self.client
    }

    /// Sends a request and reads the answer with `read`.
    pub(super) async fn ask<T>(
        &self,
        method: &'static str,
        params: Vec<Value>,
        read: impl FnOnce(Part<'_>) -> Result<T, Failure> + Send,
    ) -> Result<T, ServiceError> {
        let answer = self.fetch(method, params).await;
        answer
            .and_then(|answer| read(Part::whole(&answer, self.notation)))
            .map_err(|failure| self.failed(method, failure))
    }

    /// Returns the id of the chain that the service serves.
    pub(super) async fn chain_id(&self) -> Result<u64, ServiceError> {
        let read = |answer: Part<'_>| answer.called("the chain id").small_number();
        self.ask("eth_chainId", vec![], read).await
    }

    fn failed(&self, method: &'static str, failure: Failure) -> ServiceError {
        ServiceError {
            service: self.service,
            method,
            failure,
        }
    }

    // One future type for all methods, so that alloy's machinery is compiled once.
    fn fetch(&self, method: &'static str, params: Vec<Value>) -> BoxFuture<'_, Result<Value, Failure>> {
        // Parsing stays here: alloy takes an unparsable answer for an error if it looks like one, and redacts nothing.
        let call = self.client.request::<Vec<Value>, Box<RawValue>>(method, params);
        sendable(async move {
            let answer = call.await.map_err(Failure::from)?;
            serde_json::from_str(answer.get()).map_err(|error| Failure::Malformed(error.to_string()))
        })
    }
}
