//! The HTTP response to one request, with the injected faults applied.

use std::time::Duration;

use axum::{
    body::Body,
    http::{
        HeaderValue, StatusCode,
        header::{CONTENT_TYPE, RETRY_AFTER},
    },
    response::Response,
};
use futures::future::join_all;
use serde_json::Value;

use crate::{
    biconomy,
    endpoint::Endpoint,
    fault::{Fault, Kind},
    jsonrpc::{Call, Outcome, Request, RpcError, response},
    paymaster,
    services::Services,
};

/// A response extension that tells the server to close the connection without responding.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Dropped;

/// An HTTP response, with its error for the log.
pub(crate) struct Answer {
    pub(crate) response: Response,
    pub(crate) error: Option<String>,
}

impl Answer {
    /// Serves the calls of a request, each with its faults applied.
    pub(crate) async fn to(
        services: &Services,
        endpoint: Endpoint,
        request: &Request,
        met: &[Vec<Fault>],
    ) -> Self {
        for fault in met.iter().flatten() {
            if let Kind::Delay { ms } = fault.kind() {
                tokio::time::sleep(Duration::from_millis(*ms)).await;
            }
        }
        let faults: Vec<_> = met
            .iter()
            .map(|met| {
                met.iter()
                    .find(|fault| !matches!(fault.kind(), Kind::Delay { .. }))
            })
            .collect();
        if let Some(answer) = faults.iter().flatten().find_map(|fault| whole(fault, request)) {
            return answer;
        }

        let calls = request.calls().iter().zip(&faults);
        let outcomes = calls.map(|(call, fault)| faulty(services, endpoint, call, *fault));
        let answer = Self::of_outcomes(endpoint, request, join_all(outcomes).await);
        faults.into_iter().flatten().fold(answer, Self::framed)
    }

    pub(crate) fn dropped(why: String) -> Self {
        let mut response = Response::new(Body::empty());
        response.extensions_mut().insert(Dropped);
        Self {
            response,
            error: Some(why),
        }
    }

    pub(crate) fn refusal(status: StatusCode, id: &Value, error: RpcError) -> Self {
        let message = error.message.clone();
        Self {
            response: json(status, &response(id, Err(error))),
            error: Some(message),
        }
    }

    fn of_outcomes(endpoint: Endpoint, request: &Request, outcomes: Vec<Outcome>) -> Self {
        let error = outcomes
            .iter()
            .find_map(|outcome| outcome.as_ref().err().map(ToString::to_string));
        // A batch with at least one success gets the success status.
        let status = match outcomes.iter().all(Result::is_err) {
            true => endpoint.error_status(),
            false => StatusCode::OK,
        };
        Self {
            response: json(status, &request.answer(outcomes)),
            error,
        }
    }

    /// Applies the status and the headers of a fault to the response.
    fn framed(mut self, fault: &Fault) -> Self {
        if let Some(status) = fault
            .http_status()
            .and_then(|status| StatusCode::from_u16(status).ok())
        {
            *self.response.status_mut() = status;
        }
        if let Some(value) = fault
            .retry_after_value()
            .and_then(|value| HeaderValue::from_str(value).ok())
        {
            self.response.headers_mut().insert(RETRY_AFTER, value);
        }
        self
    }

    pub(crate) fn is_dropped(&self) -> bool {
        self.response.extensions().get::<Dropped>().is_some()
    }
}

/// Returns the response of a fault that replaces those of all calls of a request.
fn whole(fault: &Fault, request: &Request) -> Option<Answer> {
    let answer = match fault.kind() {
        Kind::Refusal { code, message } => {
            fault.http_status()?;
            let error = RpcError::new(*code, message);
            let outcomes = request.calls().iter().map(|_| Err(error.clone()));
            Answer {
                response: json(StatusCode::OK, &request.answer(outcomes)),
                error: Some(message.clone()),
            }
        }
        Kind::Html => {
            let text = "a page of the devnet";
            Answer {
                response: page(StatusCode::OK, text),
                error: Some(text.to_owned()),
            }
        }
        Kind::Drop => return Some(Answer::dropped("dropped".to_owned())),
        _ => return None,
    };
    Some(answer.framed(fault))
}

/// Computes the outcome of a call with its fault applied.
async fn faulty(services: &Services, endpoint: Endpoint, call: &Call, fault: Option<&Fault>) -> Outcome {
    let served = || outcome(services, endpoint, call);
    match fault.map(Fault::kind) {
        Some(Kind::Refusal { code, message }) => Err(RpcError::new(*code, message)),
        Some(Kind::Null) => Ok(Value::Null),
        Some(Kind::Rewrite(result)) => served().await.map(|_| result.clone()),
        Some(Kind::Merge(fields)) => served().await.map(|result| merge(result, fields)),
        Some(Kind::Twice) => {
            let _first = served().await;
            served().await
        }
        Some(Kind::Html | Kind::Drop | Kind::Delay { .. }) | None => served().await,
    }
}

/// Computes the outcome of a call without a fault.
async fn outcome(services: &Services, endpoint: Endpoint, call: &Call) -> Outcome {
    match endpoint {
        Endpoint::Node => services.node.call(&call.method, call.params.clone()).await,
        // Debug methods are for the devnet itself.
        Endpoint::Bundler if call.method.starts_with("debug_") => Err(RpcError::unknown_method(&call.method)),
        Endpoint::Bundler => services.bundler.call(&call.method, call.params.clone()).await,
        Endpoint::Paymaster => paymaster::serve(services, call).await,
        Endpoint::BiconomyBundler => biconomy::bundler::serve(services, call).await,
        Endpoint::BiconomyPaymaster => biconomy::paymaster::serve(services, call).await,
    }
}

fn merge(mut result: Value, fields: &Value) -> Value {
    match (&mut result, fields) {
        (Value::Object(result), Value::Object(fields)) => result.extend(fields.clone()),
        (result, fields) => *result = fields.clone(),
    }
    result
}

pub(crate) fn json(status: StatusCode, body: &Value) -> Response {
    respond(status, "application/json", body.to_string())
}

pub(crate) fn page(status: StatusCode, text: &str) -> Response {
    respond(
        status,
        "text/html",
        format!("<!doctype html><title>{text}</title><h1>{text}</h1>"),
    )
}

fn respond(status: StatusCode, content_type: &'static str, body: String) -> Response {
    let mut response = Response::new(Body::from(body));
    *response.status_mut() = status;
    response
        .headers_mut()
        .insert(CONTENT_TYPE, HeaderValue::from_static(content_type));
    response
}
