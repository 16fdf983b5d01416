//! Account abstraction for Leptos.

pub mod primitives;

pub use primitives::*;
