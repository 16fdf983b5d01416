use std::{fmt, sync::Arc};

use super::{
    Failure, Service, ServiceError, Transport,
    part::{Notation, Part},
};
use crate::platform::{BoxFuture, Json};

/// The answer to a request that a service is asked, or its failure.
pub type Asked<'a, T> = BoxFuture<'a, Result<T, ServiceError>>;

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
    pub(super) fn ask<'a, T: 'a>(
        &'a self,
        method: &'static str,
        params: Vec<Json>,
        read: impl FnOnce(Part<'_>) -> Result<T, Failure> + Send + 'a,
    ) -> Asked<'a, T> {
        self.read(method, params, Box::new(read))
    }

    // One future for each type of answer, not for each question.
    fn read<'a, T: 'a>(&'a self, method: &'static str, params: Vec<Json>, read: Read<'a, T>) -> Asked<'a, T> {
        Box::pin(async move {
            let answer = self.request(method, params).await?;
            read(Part::whole(&answer, self.notation)).map_err(|failure| self.failed(method, failure))
        })
    }

    /// Sends a request, and returns the result of the answer as it is.
    pub(super) fn request(&self, method: &'static str, params: Vec<Json>) -> Asked<'_, Json> {
        Box::pin(async move {
            let answer = self.transport.call(method, params).await;
            answer.map_err(|failure| self.failed(method, failure))
        })
    }

    /// Returns the id of the chain that the service serves.
    pub(super) fn chain_id(&self) -> Asked<'_, u64> {
        let read = |answer: Part<'_>| answer.called("the chain id").small_number();
        self.ask("eth_chainId", vec![], read)
    }

    fn failed(&self, method: &'static str, failure: Failure) -> ServiceError {
        ServiceError::new(self.service, method, failure)
    }
}

/// A function that reads the answer to a question.
type Read<'a, T> = Box<dyn FnOnce(Part<'_>) -> Result<T, Failure> + Send + 'a>;

impl fmt::Debug for Endpoint {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(&self.service, f)
    }
}
