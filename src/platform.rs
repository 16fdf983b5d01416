//! The parts that differ between browser and host: time, random bytes and HTTP. All target-specific code is here. And
//! JSON, of a size that a page can afford.

use std::{fmt, future::Future, pin::Pin, time::Duration};

use thiserror::Error;

mod json;
mod waiting;

#[cfg(target_family = "wasm")]
#[path = "platform/browser.rs"]
mod here;
#[cfg(not(target_family = "wasm"))]
#[path = "platform/host.rs"]
mod here;

pub use self::{
    here::HttpClient,
    json::{Digits, Fields, Json, JsonError},
};
pub(crate) use self::{
    here::{monotonic, now, sendable, sleep},
    waiting::{join_all, within},
};

/// True in a browser, where wallets and browser storage may be available.
#[cfg_attr(not(feature = "hooks"), allow(dead_code))]
pub(crate) const IS_BROWSER: bool = cfg!(target_family = "wasm");

/// A boxed future that can be sent between threads. A browser has only one thread.
pub type BoxFuture<'a, T> = Pin<Box<dyn Future<Output = T> + Send + 'a>>;

/// A transport that replaces HTTP, for in-process services without a socket.
pub trait Wire: Send + Sync {
    /// Answers a request. The client limits the time and the size of the answer.
    fn post<'a>(&'a self, post: Post<'a>) -> BoxFuture<'a, Result<Answer, PostError>>;
}

/// Writes the name of the trait: what an app implements may hold secrets.
impl fmt::Debug for dyn Wire + '_ {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Wire")
    }
}

/// An HTTP POST request with a JSON body.
#[derive(Clone, Copy)]
pub struct Post<'a> {
    /// The URL, including any API key in it.
    pub url: &'a str,
    /// The JSON body.
    pub body: &'a str,
    /// The timeout of the whole exchange.
    pub timeout: Duration,
    /// The maximum size of the answer's body, in bytes.
    pub limit: usize,
}

/// An HTTP response of any status, with the complete body.
#[derive(Clone, Debug)]
pub struct Answer {
    /// The HTTP status code.
    pub status: u16,
    /// The bytes of the body.
    pub body: Vec<u8>,
    /// The time after which the service wants the next request, from the header `Retry-After`.
    pub retry_after: Option<Duration>,
}

/// Reads the header `Retry-After`: a number of seconds, or a date
/// ([RFC 9110](https://www.rfc-editor.org/rfc/rfc9110#field.retry-after)).
pub(crate) fn retry_after(header: &str) -> Option<Duration> {
    let header = header.trim();
    let seconds = header.parse().ok();
    let until = || Some(here::date(header)?.saturating_sub(now()));
    seconds.or_else(until).map(Duration::from_secs)
}

/// The reason for a missing response. The text never contains the URL, which may contain an API key.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum PostError {
    /// There was no connection, or the connection broke before the response was complete.
    Unreachable(String),
    /// The response took longer than the timeout.
    TimedOut,
    /// The response is larger than the limit.
    TooLarge,
}

/// The error of a system without a secure source of random bytes.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Error)]
#[error(
    "no secure source of random bytes; open the page over HTTPS in a browser with `crypto.getRandomValues`"
)]
pub struct NoRandomness;

/// Returns random bytes from the system's secure source, suitable for keys.
pub(crate) fn random<const N: usize>() -> Result<[u8; N], NoRandomness> {
    let mut bytes = [0; N];
    getrandom::getrandom(&mut bytes).map_err(|_| NoRandomness)?;
    Ok(bytes)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn retry_after_is_a_number_of_seconds_or_a_date() {
        for (header, expected) in [
            (" 2 ", Some(2)),
            ("0", Some(0)),
            ("Wed, 21 Oct 2015 07:28:00 GMT", Some(0)),
            ("soon", None),
            ("-1", None),
        ] {
            assert_eq!(retry_after(header), expected.map(Duration::from_secs), "{header}");
        }
        let later = retry_after("Fri, 31 Dec 2399 23:59:59 GMT");
        assert!(later > Some(Duration::from_hours(1)), "{later:?}");
    }
}
