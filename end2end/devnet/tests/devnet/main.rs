//! One local chain for all tests. Each that sets faults or reads a log has a namespace.

mod abi_module;
mod accounts;
mod faults;
// Looks for processes where Linux lists them.
#[cfg(target_os = "linux")]
mod life;
mod namespaces;
mod nft;
mod payments;
mod services;

#[path = "../support/mod.rs"]
mod support;

use support::*;
