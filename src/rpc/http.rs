use std::{
    fmt,
    task::{Context, Poll},
    time::Duration,
};

use alloy::{
    rpc::{
        client::RpcClient,
        json_rpc::{RequestPacket, ResponsePacket},
    },
    transports::{TransportError, TransportErrorKind, TransportFut},
};
use tower::Service;

use super::{Failure, ServiceUrl, answer, error::Carried};
use crate::platform::{HttpClient, Post, PostError};

/// A JSON-RPC transport over HTTP for alloy's [`RpcClient`], in the browser and on a host.
///
/// The transport reads a JSON-RPC answer under any HTTP status, limits the time and size of an answer, follows no
/// redirect and never retries. A [`Failure`] is the source of the transport's error; `Failure::from` extracts it from
/// the error.
///
/// # Examples
///
/// ```
/// use std::time::Duration;
/// use alloy::rpc::client::RpcClient;
/// use use_aa::rpc::Http;
///
/// let http = Http::new("http://127.0.0.1:8545".parse()?).timeout(Duration::from_secs(5));
/// let client = RpcClient::new(http, true);
/// # Ok::<(), use_aa::rpc::UrlError>(())
/// ```
#[derive(Clone)]
pub struct Http {
    url: ServiceUrl,
    client: HttpClient,
    timeout: Duration,
    limit: usize,
}

impl Http {
    /// Creates a transport to the service at a URL.
    #[must_use]
    pub fn new(url: ServiceUrl) -> Self {
        Self {
            url,
            client: HttpClient::new(),
            timeout: Duration::from_secs(20),
            limit: 1 << 20,
        }
    }

    /// Sets the timeout of one call, from the request to the end of the answer. The default is 20 seconds.
    #[must_use]
    pub const fn timeout(mut self, timeout: Duration) -> Self {
        self.timeout = timeout;
        self
    }

    /// Sets the maximum size of an answer, in bytes. The default is 1 MiB.
    #[must_use]
    pub const fn limit(mut self, bytes: usize) -> Self {
        self.limit = bytes;
        self
    }

    /// Sets the client that sends the requests, for tests. The default is HTTP.
    #[doc(hidden)]
    #[must_use]
    pub fn through(mut self, client: HttpClient) -> Self {
        self.client = client;
        self
    }

    /// Returns the URL of the service.
    #[must_use]
    pub const fn url(&self) -> &ServiceUrl {
        &self.url
    }

    /// Creates alloy's client over this transport.
    #[must_use]
    pub fn into_client(self) -> RpcClient {
        RpcClient::new(self, false)
    }

    async fn exchange(self, request: RequestPacket) -> Result<ResponsePacket, TransportError> {
        let body = serde_json::to_string(&request).map_err(TransportError::ser_err)?;
        let post = Post {
            url: self.url.as_str(),
            body: &body,
            timeout: self.timeout,
            limit: self.limit,
        };
        let answer = self.client.post(post).await.map_err(|error| match error {
            PostError::Unreachable(why) => Failure::Unreachable(format!("{}: {why}", self.url.origin())),
            PostError::TimedOut => Failure::TimedOut(self.timeout),
            PostError::TooLarge => Failure::TooLarge(self.limit),
        });
        answer
            .and_then(|answer| answer::read(&answer, &request, &self.url))
            .map_err(|failure| TransportErrorKind::custom(Carried(failure)))
    }
}

impl From<ServiceUrl> for Http {
    fn from(url: ServiceUrl) -> Self {
        Self::new(url)
    }
}

impl fmt::Debug for Http {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Http")
            .field("url", &self.url)
            .field("timeout", &self.timeout)
            .field("limit", &self.limit)
            .finish_non_exhaustive()
    }
}

impl Service<RequestPacket> for Http {
    type Response = ResponsePacket;
    type Error = TransportError;
    type Future = TransportFut<'static>;

    fn poll_ready(&mut self, _: &mut Context<'_>) -> Poll<Result<(), TransportError>> {
        Poll::Ready(Ok(()))
    }

    fn call(&mut self, request: RequestPacket) -> Self::Future {
        Box::pin(self.clone().exchange(request))
    }
}

#[cfg(test)]
mod tests;
