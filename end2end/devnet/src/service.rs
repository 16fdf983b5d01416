//! One HTTP call to a service, from its body to its answer.

use std::{sync::Arc, time::Duration};

use axum::{
    body::{Body, Bytes},
    http::{StatusCode, header::CONTENT_TYPE},
    response::Response,
};
use futures::future::join_all;
use serde_json::Value;

use crate::{
    Error, biconomy,
    control::{Control, Controls, Fault, Kind, Part},
    journal::Journal,
    jsonrpc::{Call, Outcome, Request, RpcError, Upstream, response},
    parts::Parts,
    paymaster,
    sponsor::Sponsor,
};

/// Who answers.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Service {
    Node,
    Bundler,
    Paymaster,
    BiconomyBundler,
    BiconomyPaymaster,
}

/// Everything a service needs.
#[derive(Debug)]
pub(crate) struct Services {
    pub(crate) node: Upstream,
    pub(crate) bundler: Upstream,
    pub(crate) parts: Arc<Parts>,
    pub(crate) sponsor: Sponsor,
    pub(crate) journal: Journal,
    pub(crate) controls: Controls,
}

/// The connection is to be closed without an answer.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Dropped;

/// An answer, and the error to note in the log.
struct Answer {
    response: Response,
    error: Option<String>,
}

impl Service {
    fn name(self) -> &'static str {
        match self {
            Self::Node => "node",
            Self::Bundler => "bundler",
            Self::Paymaster => "paymaster",
            Self::BiconomyBundler => "biconomy-bundler",
            Self::BiconomyPaymaster => "biconomy-paymaster",
        }
    }

    /// What it needs to be alive.
    fn part(self) -> Part {
        match self {
            Self::Node => Part::Chain,
            Self::Bundler | Self::BiconomyBundler => Part::Bundler,
            Self::Paymaster | Self::BiconomyPaymaster => Part::Paymaster,
        }
    }

    /// The HTTP status of an answer that is an error.
    fn error_status(self) -> StatusCode {
        match self {
            Self::BiconomyBundler | Self::BiconomyPaymaster => StatusCode::BAD_REQUEST,
            _ => StatusCode::OK,
        }
    }
}

impl Services {
    /// Serves a call that stays served and logged to its end also when the caller hangs up.
    pub(crate) async fn serve(self: Arc<Self>, service: Service, body: Bytes) -> Response {
        let request = Request::parse(&body);
        let methods = match &request {
            Ok(request) => request.calls().iter().map(|call| call.method.clone()).collect(),
            Err(_) => Vec::new(),
        };
        let id = self.journal.open(service.name(), methods);

        let work = tokio::spawn(async move {
            let answer = tokio::select! {
                biased;
                () = self.parts.death(service.part()) => {
                    Answer::dropped(format!("the {} is dead", service.part()))
                }
                answer = self.answer(service, request) => answer,
            };
            let dropped = answer.response.extensions().get::<Dropped>().is_some();
            let status = (!dropped).then(|| answer.response.status().as_u16());
            self.journal.close(id, status, answer.error);
            answer.response
        });
        work.await
            .unwrap_or_else(|panic| page(StatusCode::INTERNAL_SERVER_ERROR, &panic.to_string()))
    }

    async fn answer(&self, service: Service, request: Result<Request, RpcError>) -> Answer {
        tokio::time::sleep(self.controls.latency()).await;
        let request = match request {
            Ok(request) => request,
            Err(error) => return Answer::error(service.error_status(), &Value::Null, error),
        };

        let calls = request.calls().iter();
        let met: Vec<_> = calls
            .map(|call| self.controls.take(service.name(), &call.method))
            .collect();
        for delay in met.iter().flatten().filter(|fault| fault.kind == Kind::Delay) {
            tokio::time::sleep(delay.delay()).await;
        }
        if let Some(answer) = met
            .iter()
            .flatten()
            .find_map(|fault| whole_answer(fault, &request))
        {
            return answer;
        }

        let faults = met
            .iter()
            .map(|faults| faults.iter().find(|fault| fault.kind != Kind::Delay));
        let calls = request.calls().iter().zip(faults);
        let outcomes = join_all(calls.map(|(call, fault)| self.faulty(service, call, fault))).await;
        finish(service, &request, outcomes)
    }

    /// A call with the fault that it meets, and the HTTP status that this fault asks for.
    async fn faulty(
        &self,
        service: Service,
        call: &Call,
        fault: Option<&Fault>,
    ) -> (Outcome, Option<StatusCode>) {
        let Some(fault) = fault else {
            return (self.outcome(service, call).await, None);
        };
        let refusal = || Err(RpcError::new(fault.code.unwrap_or(-32000), fault.text()));
        let replacement = fault.result.clone().unwrap_or_default();
        match fault.kind {
            Kind::Error200 => (refusal(), Some(StatusCode::OK)),
            Kind::Error400 => (refusal(), Some(StatusCode::BAD_REQUEST)),
            Kind::Null200 => (Ok(Value::Null), Some(StatusCode::OK)),
            Kind::Rewrite => (self.outcome(service, call).await.map(|_| replacement), None),
            Kind::Merge => (
                self.outcome(service, call)
                    .await
                    .map(|result| merge(result, replacement)),
                None,
            ),
            _ => (self.outcome(service, call).await, None),
        }
    }

    async fn outcome(&self, service: Service, call: &Call) -> Outcome {
        match service {
            Service::Node => self.node.call(&call.method, call.params.clone()).await,
            // They are for the devnet alone.
            Service::Bundler if call.method.starts_with("debug_") => {
                Err(RpcError::unknown_method(&call.method))
            }
            Service::Bundler => self.bundler.call(&call.method, call.params.clone()).await,
            Service::Paymaster => paymaster::serve(self, call).await,
            Service::BiconomyBundler => biconomy::bundler::serve(self, call).await,
            Service::BiconomyPaymaster => biconomy::paymaster::serve(self, call).await,
        }
    }

    /// Does what a control asks for: heals first and kills last.
    pub(crate) async fn apply(&self, control: Control) -> Result<(), Error> {
        if control.restart_after_ms.is_some() && control.kill.is_none() {
            return Err(Error::NothingKilled);
        }
        if control.heal {
            self.controls.set(Some(0), Some(Vec::new()));
            self.parts.heal().await?;
        }
        self.controls.set(control.latency_ms, control.faults);
        if let Some(part) = control.restart {
            self.parts.restart(part).await?;
        }
        if let Some(hold) = control.hold {
            self.parts.hold(hold).await?;
        }
        if let Some(clock) = control.clock {
            self.parts.set_clock(clock).await?;
        }
        if let Some(blocks) = control.reorg {
            self.parts.reorg(blocks).await?;
        }
        if let Some(part) = control.kill {
            self.parts.kill(part).await?;
            if let Some(ms) = control.restart_after_ms {
                self.parts.restart_later(part, Duration::from_millis(ms));
            }
        }
        Ok(())
    }

    /// What was asked for and still stands.
    pub(crate) async fn standing(&self) -> Control {
        let (hold, clock) = self.parts.hold_and_clock().await;
        Control {
            hold: Some(hold),
            clock: Some(clock),
            dead: self.parts.dead(),
            ..self.controls.remaining()
        }
    }

    /// Refuses a call before it is looked at.
    pub(crate) fn refuse(&self, service: Service, body: &[u8], error: RpcError) -> Response {
        let request = Request::parse(body);
        let calls = request.as_ref().map(Request::calls).unwrap_or_default();
        let id = self.journal.open(
            service.name(),
            calls.iter().map(|call| call.method.clone()).collect(),
        );
        let call_id = calls.first().map(|call| call.id.clone()).unwrap_or_default();
        let Answer { response, error } = Answer::error(service.error_status(), &call_id, error);
        self.journal.close(id, Some(response.status().as_u16()), error);
        response
    }
}

impl Answer {
    fn dropped(why: String) -> Self {
        let mut response = Response::new(Body::empty());
        response.extensions_mut().insert(Dropped);
        Self {
            response,
            error: Some(why),
        }
    }

    fn error(status: StatusCode, id: &Value, error: RpcError) -> Self {
        let message = error.message.clone();
        Self {
            response: json(status, &response(id, Err(error))),
            error: Some(message),
        }
    }
}

/// The answer of a fault that takes the place of all calls of a request.
fn whole_answer(fault: &Fault, request: &Request) -> Option<Answer> {
    let text = fault.text();
    let response = match fault.kind {
        Kind::Status500 => {
            let error = RpcError::new(fault.code.unwrap_or(-32603), text);
            let outcomes = request.calls().iter().map(|_| Err(error.clone()));
            json(StatusCode::INTERNAL_SERVER_ERROR, &request.answer(outcomes))
        }
        Kind::Html500 => page(StatusCode::INTERNAL_SERVER_ERROR, text),
        Kind::Html200 => page(StatusCode::OK, text),
        Kind::Drop => return Some(Answer::dropped("dropped".to_owned())),
        _ => return None,
    };
    Some(Answer {
        response,
        error: Some(text.to_owned()),
    })
}

fn finish(service: Service, request: &Request, outcomes: Vec<(Outcome, Option<StatusCode>)>) -> Answer {
    let error = outcomes
        .iter()
        .find_map(|(outcome, _)| outcome.as_ref().err().map(ToString::to_string));
    let asked = outcomes.iter().find_map(|(_, status)| *status);
    // A batch with one good answer was served.
    let refused = outcomes.iter().all(|(outcome, _)| outcome.is_err());
    let status = asked.unwrap_or(if refused {
        service.error_status()
    } else {
        StatusCode::OK
    });
    let body = request.answer(outcomes.into_iter().map(|(outcome, _)| outcome));
    Answer {
        response: json(status, &body),
        error,
    }
}

fn merge(mut result: Value, fields: Value) -> Value {
    match (&mut result, fields) {
        (Value::Object(result), Value::Object(fields)) => result.extend(fields),
        (result, fields) => *result = fields,
    }
    result
}

pub(crate) fn json(status: StatusCode, body: &Value) -> Response {
    respond(status, "application/json", body.to_string())
}

fn page(status: StatusCode, text: &str) -> Response {
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
        .insert(CONTENT_TYPE, axum::http::HeaderValue::from_static(content_type));
    response
}
