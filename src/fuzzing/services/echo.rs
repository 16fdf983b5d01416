use std::future;

use crate::{
    fuzzing::answers::url,
    platform::{Answer, BoxFuture, Json},
    rpc::{Failure, Transport, read_answer},
};

/// A service with one answer for every request, read as over HTTP.
#[derive(Clone)]
pub(super) struct Echo {
    field: &'static str,
    value: String,
}

impl Echo {
    /// Creates a service. A text after `!` is an error, otherwise a result.
    pub(super) fn new(text: &str) -> Self {
        let (field, value) = match text.strip_prefix('!') {
            Some(error) => ("error", error),
            None => ("result", text),
        };
        let value = value.to_owned();
        Self { field, value }
    }
}

impl Transport for Echo {
    fn call(&self, _: &'static str, _: Vec<Json>) -> BoxFuture<'_, Result<Json, Failure>> {
        let Self { field, value } = self;
        let answer = Answer {
            status: 200,
            body: format!(r#"{{"jsonrpc":"2.0","id":0,"{field}":{value}}}"#).into_bytes(),
            retry_after: None,
        };
        Box::pin(future::ready(read_answer(&answer, 0, &url())))
    }
}
