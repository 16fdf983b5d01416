//! The namespaces of the devnet, each with its own faults, latency and log.

use std::{
    sync::{Arc, Mutex, MutexGuard, PoisonError},
    time::Duration,
};

use axum::{body::Bytes, http::StatusCode, response::Response};
use serde_json::Value;

use crate::{
    answer::{Answer, page},
    control::{Control, Controls},
    endpoint::Endpoint,
    error::Error,
    fault::Fault,
    journal::Journal,
    jsonrpc::{Request, RpcError},
    latest::Latest,
    ready::Ready,
    services::Services,
};

/// The maximum number of named namespaces.
const MOST: usize = 256;

/// A view of the services with its own faults, latency and log.
#[derive(Debug)]
pub(crate) struct Namespace {
    services: Arc<Services>,
    controls: Controls,
    pub(crate) journal: Journal,
    pub(crate) ready: Ready,
    is_root: bool,
}

/// The namespaces of a devnet: the root, and the named ones.
#[derive(Debug)]
pub(crate) struct Namespaces {
    pub(crate) root: Arc<Namespace>,
    named: Mutex<Latest<Arc<Namespace>>>,
}

impl Namespaces {
    pub(crate) fn new(services: Arc<Services>, ready: Ready) -> Self {
        Self {
            root: Arc::new(Namespace::new(services, ready, true)),
            named: Mutex::new(Latest::new(MOST)),
        }
    }

    /// Returns the namespace of a name, created on first use.
    ///
    /// # Errors
    /// Fails if the name is not valid.
    pub(crate) fn named(&self, name: &str) -> Result<Arc<Namespace>, Error> {
        check_name(name)?;
        Ok(self.lock().get_or_insert_with(name, || {
            let ready = Ready {
                url: format!("{}/t/{name}", self.root.ready.url),
                ..self.root.ready.clone()
            };
            Arc::new(Namespace::new(Arc::clone(&self.root.services), ready, false))
        }))
    }

    /// Removes the namespace of a name. The next use of the name creates a new one.
    ///
    /// # Errors
    /// Fails if the name is not valid.
    pub(crate) fn remove(&self, name: &str) -> Result<(), Error> {
        check_name(name)?;
        self.lock().remove(name);
        Ok(())
    }

    fn lock(&self) -> MutexGuard<'_, Latest<Arc<Namespace>>> {
        self.named.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

fn check_name(name: &str) -> Result<(), Error> {
    let allowed = |byte: u8| byte.is_ascii_alphanumeric() || byte == b'_' || byte == b'-';
    match (1..=64).contains(&name.len()) && name.bytes().all(allowed) {
        true => Ok(()),
        false => Err(Error::NamespaceName(name.chars().take(80).collect())),
    }
}

impl Namespace {
    fn new(services: Arc<Services>, ready: Ready, is_root: bool) -> Self {
        Self {
            services,
            controls: Controls::default(),
            journal: Journal::default(),
            ready,
            is_root,
        }
    }

    /// Serves and logs a request to its end, even when the client disconnects.
    pub(crate) async fn serve(self: Arc<Self>, endpoint: Endpoint, body: Bytes) -> Response {
        let request = Request::parse(&body);
        let methods = methods(request.as_ref().ok());
        let sends = methods.iter().any(|method| method == "eth_sendUserOperation");
        let before = match sends {
            true => self.services.parts.height().await,
            false => None,
        };
        let id = self.journal.open(endpoint.name(), methods);

        let work = tokio::spawn(async move {
            let part = endpoint.service().part();
            let answer = tokio::select! {
                biased;
                () = self.services.parts.death(part) => Answer::dropped(format!("the {part} is dead")),
                answer = self.answer(endpoint, request) => answer,
            };
            let status = (!answer.is_dropped()).then(|| answer.response.status().as_u16());
            if let Some(before) = before.filter(|_| answer.error.is_none()) {
                self.services.parts.wake_bundler_later(before);
            }
            self.journal.close(id, status, answer.error);
            answer.response
        });
        work.await
            .unwrap_or_else(|panic| page(StatusCode::INTERNAL_SERVER_ERROR, &panic.to_string()))
    }

    async fn answer(&self, endpoint: Endpoint, request: Result<Request, RpcError>) -> Answer {
        tokio::time::sleep(self.controls.latency()).await;
        let request = match request {
            Ok(request) => request,
            Err(error) => return Answer::refusal(endpoint.error_status(), &Value::Null, error),
        };
        let calls = request.calls().iter();
        let met: Vec<_> = calls
            .map(|call| self.controls.take(endpoint.service(), &call.method))
            .collect();
        Answer::to(&self.services, endpoint, &request, &met).await
    }

    /// Refuses a request without processing it.
    pub(crate) fn refuse(&self, endpoint: Endpoint, body: &[u8], error: RpcError) -> Response {
        let request = Request::parse(body).ok();
        let id = self.journal.open(endpoint.name(), methods(request.as_ref()));
        let call = request.as_ref().and_then(|request| request.calls().first());
        let call_id = call.map(|call| call.id.clone()).unwrap_or_default();
        let Answer { response, error } = Answer::refusal(endpoint.error_status(), &call_id, error);
        self.journal.close(id, Some(response.status().as_u16()), error);
        response
    }

    /// Applies a control: `heal` first, `kill` last.
    pub(crate) async fn apply(&self, control: Control) -> Result<(), Error> {
        if control.dead.is_some() {
            return Err(Error::DeadIsAnswer);
        }
        if let Some(field) = control.process_wide().filter(|_| !self.is_root) {
            return Err(Error::ProcessWide(field));
        }
        if control.restart_after_ms.is_some() && control.kill.is_none() {
            return Err(Error::NothingKilled);
        }
        control.faults.iter().flatten().try_for_each(Fault::check)?;
        let parts = &self.services.parts;
        if control.heal {
            self.controls.heal();
            if self.is_root {
                parts.heal().await?;
            }
        }
        self.controls.set(control.latency_ms, control.faults);
        if let Some(part) = control.restart {
            parts.restart(part).await?;
        }
        if let Some(hold) = control.hold {
            parts.hold(hold).await?;
        }
        if let Some(clock) = control.clock {
            parts.set_clock(clock).await?;
        }
        if let Some(blocks) = control.reorg {
            parts.reorg(blocks).await?;
        }
        if let Some(part) = control.kill {
            parts.kill(part).await?;
            if let Some(ms) = control.restart_after_ms {
                parts.restart_later(part, Duration::from_millis(ms));
            }
        }
        Ok(())
    }

    /// Returns the active controls: those of the namespace, and those that affect all namespaces.
    pub(crate) async fn standing(&self) -> Control {
        let (hold, clock) = self.services.parts.hold_and_clock().await;
        Control {
            hold: Some(hold),
            clock: Some(clock),
            dead: Some(self.services.parts.dead()),
            ..self.controls.remaining()
        }
    }
}

fn methods(request: Option<&Request>) -> Vec<String> {
    let calls = request.map(Request::calls).unwrap_or_default();
    calls.iter().map(|call| call.method.clone()).collect()
}
