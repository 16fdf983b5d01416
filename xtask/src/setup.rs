//! `cargo xtask setup`: installs the tools of the other commands.

use std::process::ExitCode;

use anyhow::Result;

use crate::{
    devnet,
    project::Project,
    tools::{bundlers, cargo, chromium::Chromium, npm, postgres},
};

pub(crate) fn run(project: &Project) -> Result<ExitCode> {
    dapp(project)?;
    chain(project)?;
    release(project)?;
    Chromium::install(project)?;
    bundlers::install(project)?;
    postgres::install(project)?;
    println!(
        "Everything is installed. Tools are kept in {}.",
        project.cache.display()
    );
    Ok(ExitCode::SUCCESS)
}

/// Installs the tools that build and serve the dapp.
pub(crate) fn dapp(project: &Project) -> Result<()> {
    cargo::wasm_target(project)?;
    cargo::trunk(project)?;
    cargo::wasm_bindgen(project)
}

/// Installs what shrinks and splits the release build.
pub(crate) fn release(project: &Project) -> Result<()> {
    npm::shrinkers(project)?;
    cargo::wasm_split(project)
}

/// Installs the requirements of the local chain and of everything else in `end2end/`.
pub(crate) fn chain(project: &Project) -> Result<()> {
    npm::require_node(project)?;
    devnet::prepare(project)
}
