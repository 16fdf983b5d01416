use std::{fmt, sync::Arc};

use futures::FutureExt;

use super::{
    Failure, Http, Question, Service, ServiceError, Transport,
    part::Part,
    question::{Kind, Read},
};
use crate::platform::{BoxFuture, Json};

/// The answer to a request that a service is asked, or its failure.
pub type Asked<'a, T> = BoxFuture<'a, Result<T, ServiceError>>;

/// A service and the connection to it.
#[derive(Clone)]
pub(super) struct Endpoint {
    service: Service,
    connection: Connection,
}

/// A connection to a service. HTTP is linked by the pages that make a request.
#[derive(Clone)]
enum Connection {
    Http(Http),
    Other(Arc<dyn Transport>),
}

impl Endpoint {
    /// Creates a service over HTTP.
    pub(super) const fn http(service: Service, http: Http) -> Self {
        Self::on(service, Connection::Http(http))
    }

    /// Creates a service over any transport.
    pub(super) fn new(service: Service, transport: impl Transport + 'static) -> Self {
        Self::on(service, Connection::Other(Arc::new(transport)))
    }

    const fn on(service: Service, connection: Connection) -> Self {
        Self { service, connection }
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

    /// Returns the answer to a question.
    pub(super) fn answer<'a, T: Send + 'a>(&'a self, question: Question<'a, T>) -> Asked<'a, T> {
        match question.0 {
            Kind::Asked { method, params, read } => self.read(method, params, read),
            Kind::Known(answer) => Box::pin(async move { Ok(answer) }),
        }
    }

    // One future for each type of answer, not for each question.
    fn read<'a, T: 'a>(&'a self, method: &'static str, params: Vec<Json>, read: Read<'a, T>) -> Asked<'a, T> {
        let answer = self.request(method, params);
        Box::pin(
            answer.map(move |answer| {
                read(Part::whole(&answer?)).map_err(|failure| self.failed(method, failure))
            }),
        )
    }

    /// Sends a request, and returns the result of the answer as it is.
    pub(super) fn request(&self, method: &'static str, params: Vec<Json>) -> Asked<'_, Json> {
        Box::pin(async move {
            let call = match &self.connection {
                Connection::Http(http) => http.call(method, params),
                Connection::Other(transport) => transport.call(method, params),
            };
            call.await.map_err(|failure| self.failed(method, failure))
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

impl fmt::Debug for Endpoint {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(&self.service, f)
    }
}
