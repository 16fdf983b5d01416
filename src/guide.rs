//! Guides: from the first app to a release.
#![cfg_attr(feature = "hooks", doc = "")]
#![cfg_attr(feature = "hooks", doc = include_str!("guide/index.md"))]

#[doc = include_str!("guide/errors.md")]
pub mod errors {}

#[cfg(feature = "hooks")]
#[doc = include_str!("guide/from_react.md")]
pub mod from_react {}

#[cfg(feature = "hooks")]
#[doc = include_str!("guide/gas.md")]
pub mod gas {}

#[cfg(feature = "hooks")]
#[doc = include_str!("guide/getting_started.md")]
pub mod getting_started {}

#[doc = include_str!("guide/inside.md")]
pub mod inside {}

#[cfg(feature = "hooks")]
#[doc = include_str!("guide/server.md")]
pub mod server {}

#[cfg(feature = "hooks")]
#[doc = include_str!("guide/services.md")]
pub mod services {}

#[cfg(feature = "hooks")]
#[doc = include_str!("guide/sessions.md")]
pub mod sessions {}

#[cfg(feature = "hooks")]
#[doc = include_str!("guide/testing.md")]
pub mod testing {}

#[doc = include_str!("guide/threat_model.md")]
pub mod threat_model {}

#[cfg(feature = "hooks")]
#[doc = include_str!("guide/versions.md")]
pub mod versions {}

#[cfg(feature = "hooks")]
#[doc = include_str!("guide/wallets.md")]
pub mod wallets {}
