use std::{
    fmt,
    sync::{
        Arc,
        atomic::{AtomicU64, Ordering},
    },
    time::Duration,
};

use super::{Failure, ServiceUrl, Transport, answer};
use crate::platform::{BoxFuture, HttpClient, Json, Post, PostError, sendable};

/// A JSON-RPC transport over HTTP, in the browser and on a host.
///
/// The transport reads a JSON-RPC answer under any HTTP status, limits the time and size of an answer, follows no
/// redirect and never retries.
///
/// # Examples
///
/// ```
/// use std::time::Duration;
/// use use_aa::rpc::{Http, Node};
///
/// let http = Http::new("http://127.0.0.1:8545".parse()?).timeout(Duration::from_secs(5));
/// let node = Node::new(http);
/// # Ok::<(), use_aa::rpc::UrlError>(())
/// ```
#[derive(Clone)]
pub struct Http {
    url: ServiceUrl,
    client: HttpClient,
    timeout: Duration,
    limit: usize,
    /// The number of requests so far, which is the id of the next one.
    requests: Arc<AtomicU64>,
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
            requests: Arc::default(),
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

    async fn exchange(&self, method: &'static str, params: Vec<Json>) -> Result<Json, Failure> {
        let id = self.requests.fetch_add(1, Ordering::Relaxed);
        let request = Json::object([
            ("jsonrpc", "2.0".into()),
            ("id", id.into()),
            ("method", method.into()),
            ("params", params.into()),
        ]);
        let post = Post {
            url: self.url.as_str(),
            body: &request.to_string(),
            timeout: self.timeout,
            limit: self.limit,
        };
        match self.client.post(post).await {
            Ok(answer) => answer::read(&answer, id, &self.url),
            Err(PostError::Unreachable(why)) => {
                Err(Failure::Unreachable(format!("{}: {why}", self.url.origin())))
            }
            Err(PostError::TimedOut) => Err(Failure::TimedOut(self.timeout)),
            Err(PostError::TooLarge) => Err(Failure::TooLarge(self.limit)),
        }
    }
}

impl Transport for Http {
    fn call(&self, method: &'static str, params: Vec<Json>) -> BoxFuture<'_, Result<Json, Failure>> {
        sendable(self.exchange(method, params))
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

#[cfg(test)]
mod tests;
