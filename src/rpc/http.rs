use std::{
    fmt,
    sync::{
        Arc,
        atomic::{AtomicU64, Ordering},
    },
    time::Duration,
};

use super::{Failure, ServiceUrl, Transport, UrlError, answer};
use crate::platform::{self, BoxFuture, HttpClient, Json, Post, PostError, sendable};

/// A JSON-RPC transport over HTTP, in the browser and on a host.
///
/// The transport reads a JSON-RPC answer under any HTTP status, limits the time and size of an answer, and follows no
/// redirect. A request that exceeds the rate limit of the service is repeated once (`eth_getLogs` only if the service
/// names a time), after the time in `Retry-After` or
/// 1 s, and so is one that a service refuses with status 503 and a `Retry-After`. A service that demands more than 5 s is not
/// asked again.
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
    /// The number of requests so far, which is the id of the last one.
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

    /// Makes a request, and once more if the service asks for it later.
    async fn exchange(&self, method: &'static str, params: Vec<Json>) -> Result<Json, Failure> {
        let params = Json::from(params);
        let (answer, pause) = self.attempt(method, &params).await;
        match pause.filter(|pause| *pause <= LONGEST_PAUSE) {
            Some(pause) => {
                platform::sleep(pause).await;
                self.attempt(method, &params).await.0
            }
            None => answer,
        }
    }

    /// Makes a request. Returns the answer, and the pause before the next attempt if the rate limit is exceeded.
    async fn attempt(
        &self,
        method: &'static str,
        params: &Json,
    ) -> (Result<Json, Failure>, Option<Duration>) {
        // Some services take the id 0 for none.
        let id = self.requests.fetch_add(1, Ordering::Relaxed) + 1;
        let request = Json::object([
            ("jsonrpc", "2.0".into()),
            ("id", id.into()),
            ("method", method.into()),
            ("params", params.clone()),
        ]);
        let post = Post {
            url: self.url.as_str(),
            body: &request.to_string(),
            timeout: self.timeout,
            limit: self.limit,
        };
        let failure = match self.client.post(post).await {
            Ok(answer) => {
                let read = answer::read(&answer, id, &self.url);
                let is_limit = read.as_ref().is_err_and(Failure::is_rate_limit);
                let is_down = answer.status == UNAVAILABLE && read.is_err();
                // A search through logs asks for less instead: the range of blocks may be what exceeds a limit.
                let is_repeated = is_limit && method != "eth_getLogs";
                let pause = answer.retry_after.or(is_repeated.then_some(PAUSE));
                return (read, pause.filter(|_| is_limit || is_down));
            }
            Err(PostError::Unreachable(why)) => Failure::Unreachable(format!("{}: {why}", self.url.origin())),
            Err(PostError::TimedOut) => Failure::TimedOut(self.timeout),
            Err(PostError::TooLarge) => Failure::TooLarge(self.limit),
        };
        (Err(failure), None)
    }
}

/// The HTTP status of a service that is down for a while, which `Retry-After` tells.
const UNAVAILABLE: u16 = 503;
/// The pause after a rate limit without `Retry-After`.
const PAUSE: Duration = Duration::from_secs(1);
/// The longest pause. A service that demands a longer one has refused.
const LONGEST_PAUSE: Duration = Duration::from_secs(5);

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

impl TryFrom<&str> for Http {
    type Error = UrlError;

    /// Parses the URL of a service.
    fn try_from(url: &str) -> Result<Self, UrlError> {
        url.parse().map(Self::new)
    }
}

impl TryFrom<&String> for Http {
    type Error = UrlError;

    /// Parses the URL of a service.
    fn try_from(url: &String) -> Result<Self, UrlError> {
        url.as_str().try_into()
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
