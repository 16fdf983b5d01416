//! Tests of the library below the hooks, with recorded vectors and on a local chain.
//!
//! Tests share a chain. Tests that set faults have a [namespace](support::faulty::Faulty). Tests that kill a part of
//! the chain, hold its bundler or change its blocks [lock](support::faulty::Serial) a separate chain.

mod accounts;
mod custom_contracts;
mod errors;
mod examples;
mod faults;
mod field;
mod grants;
mod inclusion;
mod interop;
mod kills;
mod life_of_sessions;
mod lost;
mod messages;
mod nexus;
mod options;
mod pending;
mod policies;
mod replace;
mod responses;
mod round_trips;
mod session_kinds;
mod sessions;
mod stored_versions;
mod stores;
mod support;
mod sweep;
mod token_payments;
mod toys;
mod vectors;
mod world;
