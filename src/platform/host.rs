use std::{
    error::Error,
    future::Future,
    sync::OnceLock,
    time::{Duration, Instant, SystemTime, UNIX_EPOCH},
};

use reqwest::{header::CONTENT_TYPE, redirect};

use super::{Answer, BoxFuture, Post, PostError};

/// Waits; needs a Tokio runtime.
pub(crate) async fn sleep(time: Duration) {
    tokio::time::sleep(time).await;
}

/// The wall clock, in seconds since 1970.
pub(crate) fn now() -> u64 {
    SystemTime::now()
        .duration_since(UNIX_EPOCH)
        .map_or(0, |since| since.as_secs())
}

/// A clock that never goes back; only differences between two readings mean something.
pub(crate) fn monotonic() -> Duration {
    static START: OnceLock<Instant> = OnceLock::new();
    START.get_or_init(Instant::now).elapsed()
}

/// A boxed future that may move between threads.
pub(crate) fn sendable<'a, T>(future: impl Future<Output = T> + Send + 'a) -> BoxFuture<'a, T> {
    Box::pin(future)
}

/// Keeps connections open between requests.
#[derive(Clone, Debug)]
pub(crate) struct HttpClient(OnceLock<reqwest::Client>);

impl HttpClient {
    pub(crate) const fn new() -> Self {
        Self(OnceLock::new())
    }

    pub(crate) async fn post(&self, post: Post<'_>) -> Result<Answer, PostError> {
        let mut response = self
            .client()?
            .post(post.url)
            .header(CONTENT_TYPE, "application/json")
            .timeout(post.timeout)
            .body(post.body.to_owned())
            .send()
            .await
            .map_err(failed)?;

        let status = response.status().as_u16();
        let mut body = Vec::new();
        while let Some(chunk) = response.chunk().await.map_err(failed)? {
            if body.len() + chunk.len() > post.limit {
                return Err(PostError::TooLarge);
            }
            body.extend_from_slice(&chunk);
        }
        Ok(Answer { status, body })
    }

    fn client(&self) -> Result<&reqwest::Client, PostError> {
        if let Some(client) = self.0.get() {
            return Ok(client);
        }
        // A redirect would carry the request, and the key in its address, to whoever is named there.
        let client = reqwest::Client::builder()
            .redirect(redirect::Policy::none())
            .build()
            .map_err(failed)?;
        Ok(self.0.get_or_init(|| client))
    }
}

fn failed(error: reqwest::Error) -> PostError {
    if error.is_timeout() {
        return PostError::TimedOut;
    }
    if error.is_builder() {
        return PostError::Unreachable("the request could not be built: check the address".to_owned());
    }
    let during = if error.is_connect() {
        "no connection"
    } else {
        "the connection broke before the answer was whole"
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
