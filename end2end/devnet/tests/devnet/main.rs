//! One local chain for all tests. Each test that sets faults or reads a log has its own namespace.

mod abi_module;
mod accounts;
mod faults;
// Reads the process list of Linux.
#[cfg(target_os = "linux")]
mod life;
mod namespaces;
mod nexus;
mod nft;
mod payments;
mod services;

#[path = "../support/mod.rs"]
mod support;

use support::*;
