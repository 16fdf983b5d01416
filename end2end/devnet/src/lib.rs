//! A local chain with the contracts of ERC-4337 v0.6, a real bundler and paymasters, behind one port.
//!
//! ```no_run
//! let devnet = devnet::Devnet::start(devnet::Options::default())?;
//! println!("the chain is at {}/rpc", devnet.url());
//! # Ok::<(), devnet::Error>(())
//! ```
//!
//! | path | what it is |
//! |---|---|
//! | `POST /rpc` | the chain |
//! | `POST /bundler` | a bundler, ERC-7769; errors come with HTTP 200 |
//! | `POST /paymaster` | a paymaster, ERC-7677, with Pimlico's additions |
//! | `POST /api/v2/80002/{key}` | a bundler in Biconomy's dialect; errors come with HTTP 400 |
//! | `POST /api/v1/80002/{key}` | a paymaster in Biconomy's dialect; errors come with HTTP 400 |
//! | `GET /health` | [`Ready`] |
//! | `GET /log`, `DELETE /log` | every call served, as [`Entry`] |
//! | `GET /control`, `POST /control` | latency, faults, deaths, reorgs, a hold and a clock, as [`Control`] |

mod addresses;
mod biconomy;
mod bundler;
mod chain;
pub mod contracts;
mod control;
mod devnet;
mod error;
mod journal;
mod jsonrpc;
mod keys;
pub mod npm;
mod parts;
mod paymaster;
mod place;
mod processes;
mod server;
mod service;
mod sponsor;
mod user_op;

pub use self::{
    addresses::Contracts,
    control::{Control, Fault, Kind, Part},
    devnet::{Devnet, Options, Ready},
    error::Error,
    journal::Entry,
};
