use std::{
    error::Error,
    future::Future,
    sync::{Arc, OnceLock},
    time::{Duration, Instant, SystemTime, UNIX_EPOCH},
};

use reqwest::{
    header::{CONTENT_TYPE, RETRY_AFTER},
    redirect,
};
use tokio::time::timeout;

use super::{Answer, BoxFuture, Post, PostError, Wire, retry_after};

/// Waits for a duration. This needs a Tokio runtime.
pub(crate) async fn sleep(time: Duration) {
    tokio::time::sleep(time).await;
}

/// Returns the time of the wall clock, in seconds since 1970. If a test advances Tokio's clock, the wall clock
/// advances too.
pub(crate) fn now() -> u64 {
    let ahead = tokio_now().saturating_duration_since(Instant::now());
    let since = SystemTime::now().duration_since(UNIX_EPOCH);
    since.map_or(0, |since| since.saturating_add(ahead).as_secs())
}

/// Reads a date of an HTTP header, in seconds since 1970.
pub(super) fn date(header: &str) -> Option<u64> {
    let time = httpdate::parse_http_date(header).ok()?;
    time.duration_since(UNIX_EPOCH).ok().map(|since| since.as_secs())
}

/// Returns the time of Tokio's monotonic clock. Only the difference of two readings has a meaning.
pub(crate) fn monotonic() -> Duration {
    static START: OnceLock<Instant> = OnceLock::new();
    tokio_now().saturating_duration_since(*START.get_or_init(Instant::now))
}

/// Returns the time of Tokio's clock, which is the system's monotonic clock unless a test pauses it.
fn tokio_now() -> Instant {
    tokio::time::Instant::now().into_std()
}

/// Boxes a future that can be sent between threads.
pub(crate) fn sendable<'a, T>(future: impl Future<Output = T> + Send + 'a) -> BoxFuture<'a, T> {
    Box::pin(future)
}

/// An HTTP client that keeps connections open between requests, or a [`Wire`] that replaces HTTP.
#[derive(Clone, Debug)]
pub struct HttpClient {
    client: OnceLock<reqwest::Client>,
    wire: Option<Arc<dyn Wire>>,
}

impl HttpClient {
    pub(crate) const fn new() -> Self {
        Self {
            client: OnceLock::new(),
            wire: None,
        }
    }

    /// Creates a client that passes requests to a wire and opens no connection.
    pub fn over(wire: impl Wire + 'static) -> Self {
        Self {
            wire: Some(Arc::new(wire)),
            ..Self::new()
        }
    }

    pub(crate) async fn post(&self, post: Post<'_>) -> Result<Answer, PostError> {
        let answer = match &self.wire {
            Some(wire) => timeout(post.timeout, wire.post(post))
                .await
                .unwrap_or(Err(PostError::TimedOut))?,
            None => return self.post_over_http(post).await,
        };
        match answer.body.len() > post.limit {
            true => Err(PostError::TooLarge),
            false => Ok(answer),
        }
    }

    async fn post_over_http(&self, post: Post<'_>) -> Result<Answer, PostError> {
        let mut response = self
            .client(post.url)?
            .post(post.url)
            .header(CONTENT_TYPE, "application/json")
            .timeout(post.timeout)
            .body(post.body.to_owned())
            .send()
            .await
            .map_err(failed)?;

        let status = response.status().as_u16();
        let header = response.headers().get(RETRY_AFTER);
        let retry_after = header.and_then(|header| retry_after(header.to_str().ok()?));
        let mut body = Vec::new();
        while let Some(chunk) = response.chunk().await.map_err(failed)? {
            if body.len() + chunk.len() > post.limit {
                return Err(PostError::TooLarge);
            }
            body.extend_from_slice(&chunk);
        }
        Ok(Answer {
            status,
            body,
            retry_after,
        })
    }

    /// Returns the HTTP client, created for the URL of the first request. Later requests use the same URL.
    fn client(&self, url: &str) -> Result<&reqwest::Client, PostError> {
        if let Some(client) = self.client.get() {
            return Ok(client);
        }
        // A redirect would send the request, and the API key in its URL, to another host.
        let mut builder = reqwest::Client::builder()
            .redirect(redirect::Policy::none())
            .pool_idle_timeout(IDLE);
        if url.starts_with("http:") {
            // Plain HTTP needs none of the system's certificates, which are more than a hundred files.
            builder = builder.tls_certs_only([]);
        }
        let client = builder.build().map_err(failed)?;
        Ok(self.client.get_or_init(|| client))
    }
}

/// The time for which an unused connection is kept: 4 s. Servers on Node.js close it after 5 s, and a request on a
/// connection that is being closed fails.
const IDLE: Duration = Duration::from_secs(4);

fn failed(error: reqwest::Error) -> PostError {
    if error.is_timeout() {
        return PostError::TimedOut;
    }
    if error.is_builder() {
        return PostError::Unreachable("the request could not be built, as the URL is invalid".to_owned());
    }
    let during = if error.is_connect() {
        "no connection"
    } else {
        "the connection broke before the answer was complete"
    };
    PostError::Unreachable(format!("{during}: {}", root_cause(&error.without_url())))
}

fn root_cause(error: &dyn Error) -> String {
    let mut cause = error;
    while let Some(source) = cause.source() {
        cause = source;
    }
    cause.to_string()
}
