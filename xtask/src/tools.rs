//! The tools that the commands need, with their installation.

mod apt;
pub(crate) mod bundlers;
pub(crate) mod cargo;
pub(crate) mod chromium;
pub(crate) mod headless;
pub(crate) mod npm;
pub(crate) mod postgres;
