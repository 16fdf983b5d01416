//! What the commands need to be installed, and how it gets there.

use std::process::{Command, Stdio};

use anyhow::{Result, bail};

use crate::project::Project;

pub(crate) mod cargo;
pub(crate) mod chromium;
pub(crate) mod headless;
pub(crate) mod npm;

/// Says that a step which may take long begins.
pub(crate) fn announce(what: &str) {
    eprintln!("\n==> {what}");
}

/// Makes sure that a program of the system is there.
///
/// # Errors
/// When it is missing; the error says what brings it.
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
