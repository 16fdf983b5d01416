//! A local chain with the contracts of ERC-4337 v0.6, v0.7 and v0.8, a real bundler and paymasters, behind one port.
//!
//! ```no_run
//! let devnet = devnet::Devnet::start(devnet::Options::default())?;
//! println!("the chain is at {}/rpc", devnet.url());
//! # Ok::<(), devnet::Error>(())
//! ```
//!
//! # Paths
//! | path | content |
//! |---|---|
//! | `POST /rpc` | the chain |
//! | `POST /bundler` | a bundler, ERC-7769; errors come with HTTP 200 |
//! | `POST /paymaster` | a paymaster, ERC-7677, with Pimlico's extensions, for every entry point |
//! | `POST /api/v2/80002/{key}` | a bundler in Biconomy's dialect, for v0.6; errors come with HTTP 400 |
//! | `POST /api/v1/80002/{key}` | a paymaster in Biconomy's dialect, for v0.6; errors come with HTTP 400 |
//! | `GET /health` | [`Ready`] |
//! | `GET /log`, `DELETE /log` | the latest 10,000 requests, as [`Entry`] |
//! | `GET /control`, `POST /control` | latency, faults, killed parts, reorgs, a hold and a clock, as [`Control`] |
//! | `/t/{id}/...` | a namespace: all of the above again, over the same chain |
//! | `DELETE /t/{id}` | removes a namespace |
//!
//! # Namespaces
//! A namespace has its own faults, latency and log, which isolates tests that use different namespaces. The base URL
//! `http://127.0.0.1:PORT/t/{id}` replaces the devnet's URL everywhere, [`Ready::url`] included. An id is 1 to 64
//! letters, digits, `_` and `-`. The first request creates the namespace. At most 256 are kept: one more removes the
//! least recently used one.
//!
//! Controls that affect all namespaces are rejected in a namespace with HTTP 400: kills, restarts, reorgs, the hold and
//! the clock.

mod addresses;
mod answer;
mod biconomy;
mod bundler;
mod chain;
pub mod contracts;
mod control;
mod devnet;
mod endpoint;
mod error;
mod fault;
mod journal;
mod jsonrpc;
mod keys;
mod latest;
mod namespace;
pub mod npm;
mod part;
mod parts;
mod paymaster;
mod place;
mod processes;
mod ready;
mod server;
mod services;
mod split_op;
mod split_sponsor;
mod sponsor;
mod user_op;

pub use self::{
    addresses::Contracts,
    control::Control,
    devnet::{Devnet, Options},
    endpoint::Service,
    error::Error,
    fault::{Calls, Fault, Kind},
    journal::Entry,
    part::Part,
    ready::Ready,
};
