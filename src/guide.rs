//! Guides: what the page of no single item tells.

#[doc = include_str!("guide/errors.md")]
pub mod errors {}

#[doc = include_str!("guide/inside.md")]
pub mod inside {}

#[doc = include_str!("guide/threat_model.md")]
pub mod threat_model {}
