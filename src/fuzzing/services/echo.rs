use std::task::{Context, Poll};

use alloy::{
    rpc::{
        client::RpcClient,
        json_rpc::{RequestPacket, ResponsePacket},
    },
    transports::{TransportError, TransportErrorKind, TransportFut},
};
use tower::Service;

use crate::{
    fuzzing::answers::url,
    platform::Answer,
    rpc::{Carried, read_answer},
};

/// A service with one answer for every request, read as over HTTP.
#[derive(Clone)]
pub(super) struct Echo {
    field: &'static str,
    value: String,
}

impl Echo {
    /// Creates a client of the service. A text after `!` is an error, otherwise a result.
    pub(super) fn client(text: &str) -> RpcClient {
        let (field, value) = match text.strip_prefix('!') {
            Some(error) => ("error", error),
            None => ("result", text),
        };
        let value = value.to_owned();
        RpcClient::new(Self { field, value }, true)
    }
}

impl Service<RequestPacket> for Echo {
    type Response = ResponsePacket;
    type Error = TransportError;
    type Future = TransportFut<'static>;

    fn poll_ready(&mut self, _: &mut Context<'_>) -> Poll<Result<(), TransportError>> {
        Poll::Ready(Ok(()))
    }

    fn call(&mut self, request: RequestPacket) -> Self::Future {
        let id = request.as_single().map(|request| request.id().to_string());
        let Self { field, value } = self;
        let body = format!(
            r#"{{"jsonrpc":"2.0","id":{},"{field}":{value}}}"#,
            id.unwrap_or_default()
        );
        let answer = Answer {
            status: 200,
            body: body.into_bytes(),
        };
        let read = read_answer(&answer, &request, &url());
        let read = read.map_err(|failure| TransportErrorKind::custom(Carried(failure)));
        Box::pin(std::future::ready(read))
    }
}
