use std::{fmt, sync::Arc};

use super::{
    Failure, Service, ServiceError, Transport,
    part::{Notation, Part},
};
use crate::platform::{BoxFuture, Json};

/// A service, the connection to it and its notation of numbers.
#[derive(Clone)]
pub(super) struct Endpoint {
    service: Service,
    transport: Arc<dyn Transport>,
    notation: Notation,
}

impl Endpoint {
    pub(super) fn new(service: Service, transport: impl Transport + 'static) -> Self {
        Self {
            service,
            transport: Arc::new(transport),
            notation: Notation::Standard,
        }
    }

    /// Sets the notation of numbers in the service's answers. The default is the standard's hex.
    pub(super) fn notation(self, notation: Notation) -> Self {
        Self { notation, ..self }
    }

    /// Sends a request and reads the answer with `read`.
    pub(super) async fn ask<T>(
        &self,
        method: &'static str,
        params: Vec<Json>,
        read: impl FnOnce(Part<'_>) -> Result<T, Failure> + Send,
    ) -> Result<T, ServiceError> {
        let answer = self.request(method, params).await?;
        read(Part::whole(&answer, self.notation)).map_err(|failure| self.failed(method, failure))
    }

    /// Sends a request, and returns the result of the answer as it is.
    pub(super) fn request(
        &self,
        method: &'static str,
        params: Vec<Json>,
    ) -> BoxFuture<'_, Result<Json, ServiceError>> {
        Box::pin(async move {
            let answer = self.transport.call(method, params).await;
            answer.map_err(|failure| self.failed(method, failure))
        })
    }

    /// Returns the id of the chain that the service serves.
    pub(super) async fn chain_id(&self) -> Result<u64, ServiceError> {
        let read = |answer: Part<'_>| answer.called("the chain id").small_number();
        self.ask("eth_chainId", vec![], read).await
    }

    const fn failed(&self, method: &'static str, failure: Failure) -> ServiceError {
        ServiceError {
            service: self.service,
            method,
            failure,
        }
    }
}

impl fmt::Debug for Endpoint {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(&self.service, f)
    }
}
