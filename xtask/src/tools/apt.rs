//! apt-get.

use std::process::{Command, Stdio};

use anyhow::{Context, Result};

use crate::project::Project;

/// An environment variable that makes apt-get non-interactive.
const QUIET: &str = "DEBIAN_FRONTEND=noninteractive";

/// Returns true if apt-get can install packages without a password prompt.
pub(super) fn is_permitted(project: &Project) -> Result<bool> {
    Ok(command(project)?.is_some())
}

/// Installs the first of several lists of packages that the distribution has.
///
/// # Errors
/// Fails if apt-get is not permitted, or installs none of the lists.
pub(super) fn install(project: &Project, lists: &[&[&str]]) -> Result<()> {
    let apt = command(project)?.context("apt-get needs root, or sudo without a password")?;
    let run = |arguments: &[&str]| project.run(project.command(apt[0]).args(&apt[1..]).args(arguments));
    run(&["update"])?;
    let install = |packages: &&&[&str]| {
        run(&[&["install", "-y", "--no-install-recommends"], **packages].concat()).is_ok()
    };
    let installed = lists.iter().find(install);
    installed.map(drop).context("no packages of a known name")
}

/// Returns the command that runs apt-get without a password prompt, if there is one.
fn command(project: &Project) -> Result<Option<&'static [&'static str]>> {
    if project.which("apt-get").is_none() {
        return Ok(None);
    }
    if is_root(project)? {
        return Ok(Some(&["env", QUIET, "apt-get"]));
    }
    Ok(succeeds(project.command("sudo").args(["-n", "true"]))
        .then_some(&["sudo", "-n", "env", QUIET, "apt-get"]))
}

pub(super) fn is_root(project: &Project) -> Result<bool> {
    Ok(project.output(project.command("id").arg("-u"))?.trim() == "0")
}

fn succeeds(command: &mut Command) -> bool {
    command
        .stdout(Stdio::null())
        .stderr(Stdio::null())
        .status()
        .is_ok_and(|status| status.success())
}
