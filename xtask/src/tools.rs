//! The tools that the commands need, with their installation.

use std::process::{Command, Stdio};

use anyhow::{Result, bail};

use crate::project::Project;

pub(crate) mod cargo;
pub(crate) mod chromium;
pub(crate) mod headless;
pub(crate) mod npm;

/// Announces a step that may take long.
pub(crate) fn announce(what: &str) {
    eprintln!("\n==> {what}");
}

/// Checks that a program of the system is installed.
///
/// # Errors
/// Fails if the program is missing; the error tells how to install it.
fn require(project: &Project, program: &str, cure: &str) -> Result<()> {
    if project.which(program).is_none() {
        bail!("{program} is missing: {cure}");
    }
    Ok(())
}

fn succeeds(command: &mut Command) -> bool {
    command
        .stdout(Stdio::null())
        .stderr(Stdio::null())
        .status()
        .is_ok_and(|status| status.success())
}
