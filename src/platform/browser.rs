use std::{future::Future, time::Duration};

use gloo_net::http::{Request, Response};
use js_sys::{Date, Function, Object, Reflect, Uint8Array, global};
use send_wrapper::SendWrapper;
use wasm_bindgen::{JsCast, JsValue};
use wasm_bindgen_futures::JsFuture;
use web_sys::{AbortController, ReadableStreamDefaultReader, ReadableStreamReadResult, ResponseType};

use super::{Answer, BoxFuture, Post, PostError, retry_after};

/// The longest delay of a browser's timer, about 24.8 days. A timer with a longer delay fires at once.
const LONGEST_SLEEP: Duration = Duration::from_millis(i32::MAX as u64);

/// Waits without blocking the page, for [`LONGEST_SLEEP`] at most.
pub(crate) fn sleep(time: Duration) -> BoxFuture<'static, ()> {
    sendable(gloo_timers::future::sleep(time.min(LONGEST_SLEEP)))
}

/// Returns the time of the wall clock, in seconds since 1970.
pub(crate) fn now() -> u64 {
    (Date::now() / 1000.0) as u64
}

/// Reads a date of an HTTP header, in seconds since 1970.
pub(super) fn date(header: &str) -> Option<u64> {
    let millis = Date::parse(header);
    (millis >= 0.0).then_some((millis / 1000.0) as u64)
}

/// Returns the time of a monotonic clock. Only the difference of two readings has a meaning.
pub(crate) fn monotonic() -> Duration {
    let millis = performance_now().unwrap_or_else(Date::now);
    Duration::from_millis(millis as u64)
}

/// Boxes a future as `Send`. The page has only one thread.
pub(crate) fn sendable<'a, T>(future: impl Future<Output = T> + 'a) -> BoxFuture<'a, T> {
    Box::pin(SendWrapper::new(future))
}

/// An HTTP client that uses the browser's `fetch`.
#[derive(Clone, Debug)]
pub struct HttpClient;

impl HttpClient {
    pub(crate) const fn new() -> Self {
        Self
    }

    pub(crate) async fn post(&self, post: Post<'_>) -> Result<Answer, PostError> {
        let exchange = sendable(exchange(post));
        let answer = super::within(post.timeout, exchange).await;
        answer.unwrap_or(Err(PostError::TimedOut))
    }
}

async fn exchange(post: Post<'_>) -> Result<Answer, PostError> {
    let mut abort = AbortOnDrop::new().ok_or_else(unreachable)?;
    let request = request(&post, &abort).map_err(|_| unreachable())?;
    let response = request.send().await.map_err(|_| unreachable())?;

    if response.type_() == ResponseType::Opaqueredirect {
        return Ok(Answer {
            status: 302,
            body: Vec::new(),
            retry_after: None,
        });
    }
    let body = body(&response, post.limit).await?;
    abort.is_over = true;
    Ok(Answer {
        status: response.status(),
        body,
        // A page reads the header if the service exposes it.
        retry_after: response
            .headers()
            .get("retry-after")
            .as_deref()
            .and_then(retry_after),
    })
}

/// Creates a POST request from its parts: the builder of gloo-net, with query parameters and errors of its own, would cost each
/// page two kilobytes.
fn request(post: &Post<'_>, abort: &AbortOnDrop) -> Result<Request, JsValue> {
    let (init, headers) = (Object::new(), Object::new());
    Reflect::set(&headers, &"content-type".into(), &"application/json".into())?;
    for (field, value) in [
        ("method", "POST".into()),
        ("headers", headers.into()),
        ("body", post.body.into()),
        // A redirect would send the request, and the API key in its URL, to another host.
        ("redirect", "manual".into()),
        ("signal", abort.controller.signal().into()),
    ] {
        Reflect::set(&init, &field.into(), &value)?;
    }
    web_sys::Request::new_with_str_and_init(post.url, init.unchecked_ref()).map(Request::from)
}

async fn body(response: &Response, limit: usize) -> Result<Vec<u8>, PostError> {
    let mut body = Vec::new();
    let Some(stream) = response.body() else {
        return Ok(body);
    };
    let reader: ReadableStreamDefaultReader = stream.get_reader().unchecked_into();
    loop {
        let read = JsFuture::from(reader.read()).await.map_err(|_| broken())?;
        let read: ReadableStreamReadResult = read.unchecked_into();
        if read.get_done().unwrap_or(true) {
            return Ok(body);
        }
        let chunk: Uint8Array = read.get_value().unchecked_into();
        if body.len() + chunk.length() as usize > limit {
            return Err(PostError::TooLarge);
        }
        body.extend_from_slice(&chunk.to_vec());
    }
}

/// A guard that aborts the request when its future is dropped before the answer is complete.
struct AbortOnDrop {
    controller: AbortController,
    /// True when there is nothing to abort. An abort takes a tenth of a millisecond even then.
    is_over: bool,
}

impl AbortOnDrop {
    fn new() -> Option<Self> {
        let controller = AbortController::new().ok()?;
        Some(Self {
            controller,
            is_over: false,
        })
    }
}

impl Drop for AbortOnDrop {
    fn drop(&mut self) {
        if !self.is_over {
            self.controller.abort();
        }
    }
}

// The browser's message adds nothing ("Failed to fetch"), or contains the URL and the API key in it.
fn unreachable() -> PostError {
    PostError::Unreachable("no connection".to_owned())
}

fn broken() -> PostError {
    PostError::Unreachable("the connection broke before the answer was complete".to_owned())
}

fn performance_now() -> Option<f64> {
    let performance = Reflect::get(&global(), &JsValue::from_str("performance")).ok()?;
    let now = Reflect::get(&performance, &JsValue::from_str("now")).ok()?;
    now.dyn_into::<Function>()
        .ok()?
        .call0(&performance)
        .ok()?
        .as_f64()
}
