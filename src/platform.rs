//! What differs between a browser and a host: time, chance and HTTP. The only place that asks which of them it is.

use std::{fmt, future::Future, pin::Pin, time::Duration};

use thiserror::Error;

#[cfg(target_family = "wasm")]
#[path = "platform/browser.rs"]
mod here;
#[cfg(not(target_family = "wasm"))]
#[path = "platform/host.rs"]
mod here;

pub use self::here::HttpClient;
pub(crate) use self::here::{monotonic, now, sendable, sleep};

/// Whether this runs in a page, which may have wallets and a storage of its own.
#[cfg_attr(not(feature = "hooks"), allow(dead_code))]
pub(crate) const IS_BROWSER: bool = cfg!(target_family = "wasm");

/// A boxed future that may move between threads. In a browser there is but one.
pub type BoxFuture<'a, T> = Pin<Box<dyn Future<Output = T> + Send + 'a>>;

/// Carries requests in the place of HTTP: services that are values, without a socket.
pub trait Wire: fmt::Debug + Send + Sync {
    /// Answers one request. The client bounds the answer's time and size.
    fn post<'a>(&'a self, post: Post<'a>) -> BoxFuture<'a, Result<Answer, PostError>>;
}

/// One HTTP request: a JSON body for an address.
#[derive(Clone, Copy)]
pub struct Post<'a> {
    /// The address, with its secrets.
    pub url: &'a str,
    /// The JSON.
    pub body: &'a str,
    /// How long the whole exchange may take.
    pub timeout: Duration,
    /// How many bytes the answer's body may have.
    pub limit: usize,
}

/// An HTTP answer of any status, its body read to the end.
#[derive(Clone, Debug)]
pub struct Answer {
    /// The status.
    pub status: u16,
    /// The body.
    pub body: Vec<u8>,
}

/// Why there is no answer. Never tells the address: it may hold a key.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum PostError {
    /// No connection, or it broke before the answer was whole.
    Unreachable(String),
    /// The answer took too long.
    TimedOut,
    /// The answer is larger than the limit.
    TooLarge,
}

/// The system offers no random bytes.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Error)]
#[error(
    "this system offers no secure random numbers: open the page over https, in a browser that has crypto.getRandomValues"
)]
pub(crate) struct NoRandomness;

/// Random bytes for keys, from the system's secure source.
pub(crate) fn random<const N: usize>() -> Result<[u8; N], NoRandomness> {
    let mut bytes = [0; N];
    getrandom::getrandom(&mut bytes).map_err(|_| NoRandomness)?;
    Ok(bytes)
}
