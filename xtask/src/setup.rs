//! `cargo xtask setup`: installs what the other commands need.

use std::process::ExitCode;

use anyhow::Result;

use crate::{
    devnet,
    project::Project,
    tools::{cargo, chromium::Chromium, npm},
};

pub(crate) fn run(project: &Project) -> Result<ExitCode> {
    dapp(project)?;
    chain(project)?;
    npm::binaryen(project)?;
    Chromium::install(project)?;
    println!(
        "Everything is installed. Tools are kept in {}.",
        project.cache.display()
    );
    Ok(ExitCode::SUCCESS)
}

/// What building and serving the dapp needs.
pub(crate) fn dapp(project: &Project) -> Result<()> {
    cargo::wasm_target(project)?;
    cargo::trunk(project)?;
    cargo::wasm_bindgen(project)
}

/// What the local chain, and everything else in `end2end/`, needs.
pub(crate) fn chain(project: &Project) -> Result<()> {
    npm::require_node(project)?;
    devnet::prepare(project)
}
