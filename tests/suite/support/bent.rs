use std::{error::Error, sync::Arc};

use serde_json::Value;
use use_aa::{
    BoxFuture, Json,
    rpc::{Failure, Http, Refusal, Transport},
};

/// A service whose answers to some requests are replaced.
#[derive(Clone)]
pub(crate) struct Bent {
    service: Http,
    rule: Arc<Rule>,
}

type Rule = dyn Fn(&str, &[Json]) -> Option<Result<Json, Failure>> + Send + Sync;

impl Bent {
    /// Creates a service at a URL with a rule: the answer to a request, or `None` to ask the service.
    pub(crate) fn new(
        url: &str,
        rule: impl Fn(&str, &[Json]) -> Option<Result<Json, Failure>> + Send + Sync + 'static,
    ) -> Result<Self, Box<dyn Error>> {
        Ok(Self {
            service: Http::new(url.parse()?),
            rule: Arc::new(rule),
        })
    }
}

impl Transport for Bent {
    fn call(&self, method: &'static str, params: Vec<Json>) -> BoxFuture<'_, Result<Json, Failure>> {
        match (self.rule)(method, &params) {
            Some(answer) => Box::pin(async { answer }),
            None => self.service.call(method, params),
        }
    }
}

/// Returns a JSON-RPC error.
pub(crate) fn refused(code: i64, message: &str) -> Option<Result<Json, Failure>> {
    Some(Err(Failure::Refused(Box::new(Refusal::new(code, message, None)))))
}

/// Returns a result.
pub(crate) fn answered(value: Value) -> Option<Result<Json, Failure>> {
    Some(Ok(value.into()))
}

/// Returns a number of a request, such as the fee of an operation.
pub(crate) fn number(value: &Json) -> u64 {
    let digits = value.as_str().and_then(|text| text.strip_prefix("0x"));
    digits
        .and_then(|digits| u64::from_str_radix(digits, 16).ok())
        .unwrap_or_default()
}
