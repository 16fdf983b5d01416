//! The library below the hooks: against what others wrote down, and on a local chain.
//!
//! Tests share a chain, and each that sets faults has a [namespace](support::faulty::Faulty). Those that kill a part of
//! it, hold its bundler or change its blocks take [turns](support::faulty::Serial) on a chain of their own.

mod accounts;
mod custom_contracts;
mod errors;
mod examples;
mod faults;
mod grants;
mod inclusion;
mod interop;
mod kills;
mod life_of_sessions;
mod lost;
mod messages;
mod options;
mod pending;
mod policies;
mod replace;
mod responses;
mod round_trips;
mod session_kinds;
mod sessions;
mod stores;
mod support;
mod sweep;
mod token_payments;
mod vectors;
mod world;
