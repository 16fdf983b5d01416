use std::{
    fmt,
    future::Future,
    pin::Pin,
    sync::Arc,
    task::{Context, Poll, ready},
};

use super::{
    Failure, Http, Question, Service, ServiceError, Transport,
    answer::LONGEST_MESSAGE,
    error::shorten,
    in_flight::InFlight,
    question::{Kind, Reader},
};
use crate::platform::{BoxFuture, Json};

/// The answer to a request that a service is asked, or its failure.
pub type Asked<'a, T> = BoxFuture<'a, Result<T, ServiceError>>;

/// A service and the connection to it.
#[derive(Clone)]
pub(super) struct Endpoint {
    service: Service,
    connection: Arc<Connection>,
    in_flight: InFlight,
}

/// A connection to a service. HTTP is linked by the pages that make a request.
enum Connection {
    Http(Http),
    Other(Arc<dyn Transport>),
}

impl Connection {
    fn call(&self, method: &'static str, params: Vec<Json>) -> BoxFuture<'_, Result<Json, Failure>> {
        match self {
            Self::Http(http) => http.call(method, params),
            Self::Other(transport) => transport.call(method, params),
        }
    }
}

impl Endpoint {
    /// Creates a service over HTTP.
    pub(super) fn http(service: Service, http: Http) -> Self {
        Self::on(service, Connection::Http(http))
    }

    /// Creates a service over any transport.
    pub(super) fn new(service: Service, transport: impl Transport + 'static) -> Self {
        Self::on(service, Connection::Other(Arc::new(transport)))
    }

    fn on(service: Service, connection: Connection) -> Self {
        Self {
            service,
            connection: Arc::new(connection),
            in_flight: InFlight::default(),
        }
    }

    /// Returns the answer to a question.
    pub(super) fn answer<'a, T: 'a>(&'a self, question: Question<'a, T>) -> Asked<'a, T> {
        match question.0 {
            Kind::Asked {
                method,
                params,
                reader,
            } => Box::pin(Reading {
                answer: self.request(method, params),
                endpoint: self,
                method,
                reader: Some(reader),
            }),
            Kind::Known(answer) => Box::pin(async move { Ok(answer()) }),
        }
    }

    /// Sends a request, and returns the result of the answer as it is.
    pub(super) fn request(&self, method: &'static str, params: Vec<Json>) -> Asked<'_, Json> {
        Box::pin(async move {
            let answer = if InFlight::has(method) {
                let connection = Arc::clone(&self.connection);
                let send = |params| -> BoxFuture<'static, _> {
                    Box::pin(async move { connection.call(method, params).await })
                };
                self.in_flight.ask(method, params, send).await
            } else {
                self.connection.call(method, params).await
            };
            answer.map_err(|failure| self.failed(method, failure))
        })
    }

    /// Returns the id of the chain that the service serves.
    pub(super) fn chain_id(&self) -> Asked<'_, u64> {
        self.answer(Question::new("eth_chainId", vec![], |answer| {
            answer.called("the chain id").small_number()
        }))
    }

    /// Creates the error of a failure. A refusal that a reader found in a result has the service's text as it is.
    fn failed(&self, method: &'static str, mut failure: Failure) -> ServiceError {
        if let (Connection::Http(http), Failure::Refused(refusal)) = (&*self.connection, &mut failure) {
            refusal.message = shorten(&http.url().redact(&refusal.message), LONGEST_MESSAGE);
        }
        ServiceError::new(self.service, method, failure)
    }
}

/// An answer that is read when it comes. One future for each type of answer, not for each question.
struct Reading<'a, T> {
    answer: Asked<'a, Json>,
    endpoint: &'a Endpoint,
    method: &'static str,
    reader: Option<Reader<'a, T>>,
}

impl<T> Future for Reading<'_, T> {
    type Output = Result<T, ServiceError>;

    fn poll(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<Self::Output> {
        let answer = ready!(self.answer.as_mut().poll(context));
        let Some(reader) = self.reader.take() else {
            return Poll::Pending;
        };
        let answer = answer.as_ref().map_err(|error| error.failure().clone());
        Poll::Ready(
            reader
                .read(answer)
                .map_err(|failure| self.endpoint.failed(self.method, failure)),
        )
    }
}

impl fmt::Debug for Endpoint {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(&self.service, f)
    }
}
