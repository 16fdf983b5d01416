//! One local chain for all tests. What changes latency or faults takes turns; what reads the log looks for methods
//! that no other test calls.

mod abi_module;
mod accounts;
mod faults;
// Looks for processes where Linux lists them.
#[cfg(target_os = "linux")]
mod life;
mod nft;
mod payments;
mod services;

#[path = "../support/mod.rs"]
mod support;

use support::*;
