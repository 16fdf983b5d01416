//! Node.js, and programs of npm packages.

use std::{fs, path::Path};

use anyhow::{Context, Result, bail};

use crate::{print, project::Project};

const BINARYEN: &str = "132.0.0";
const ESBUILD: &str = "0.25.12";
const NODE: u32 = 20;

/// Installs the tools of `trunk/shrink.mjs`, which shrinks the release build.
pub(crate) fn shrinkers(project: &Project) -> Result<()> {
    program(project, "binaryen", BINARYEN, "wasm-opt")?;
    esbuild(project)
}

/// Installs esbuild, which bundles and minifies scripts for a browser.
pub(crate) fn esbuild(project: &Project) -> Result<()> {
    program(project, "esbuild", ESBUILD, "esbuild")
}

/// Installs the packages of a folder, unless the installed ones match its lockfile.
pub(crate) fn packages(project: &Project, folder: &Path) -> Result<()> {
    let lockfile = folder.join("package-lock.json");
    let wanted = fs::read(&lockfile).with_context(|| format!("cannot read {}", lockfile.display()))?;
    // Written after a complete installation, so an interrupted one is repeated.
    let mark = folder.join("node_modules/.installed-lockfile");
    require_node(project)?;
    if fs::read(&mark).is_ok_and(|installed| installed == wanted) {
        return Ok(());
    }

    print::announce(&format!("Installing the packages of {}", folder.display()));
    let mut npm = project.command("npm");
    npm.current_dir(folder)
        .args(["ci", "--no-progress", "--loglevel=error"]);
    project
        .run(&mut npm)
        .context("the packages were not installed: check the connection to the npm registry and try again")?;
    fs::write(&mark, wanted).with_context(|| format!("cannot write {}", mark.display()))
}

/// Installs a program of an npm package, once for each version.
fn program(project: &Project, package: &str, version: &str, program: &str) -> Result<()> {
    let folder = project.cache.join(format!("{package}-{version}"));
    let programs = folder.join("node_modules/.bin");
    require_node(project)?;
    project.add_tools(programs.clone());
    if programs.join(program).exists() {
        return Ok(());
    }

    print::announce(&format!("Installing {program} ({package} {version})"));
    fs::create_dir_all(&folder)
        .with_context(|| format!("cannot create {}: check its permissions", folder.display()))?;
    project
        .run(
            project
                .command("npm")
                .current_dir(&folder)
                .args(["install", "--no-save", "--no-audit", "--no-fund"])
                .args(["--loglevel=error", "--prefix"])
                .arg(&folder)
                .arg(format!("{package}@{version}")),
        )
        .with_context(|| {
            format!("{program} was not installed: check the connection to the npm registry and try again")
        })
}

/// Checks that Node.js and npm are installed.
pub(crate) fn require_node(project: &Project) -> Result<()> {
    const CURE: &str =
        "install Node.js 20 or later from https://nodejs.org, or with `apt-get install nodejs npm`";

    project.require("node", CURE)?;
    project.require("npm", CURE)?;
    let version = project.output(project.command("node").arg("--version"))?;
    if major(&version).is_none_or(|major| major < NODE) {
        bail!("node {} is too old: {CURE}", version.trim());
    }
    Ok(())
}

/// Returns the major version: 20 for `v20.20.2`.
fn major(version: &str) -> Option<u32> {
    version.trim().strip_prefix('v')?.split('.').next()?.parse().ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_major_version_is_the_first_number() {
        assert_eq!(major("v20.20.2\n"), Some(20));
        assert_eq!(major("v9.0.0"), Some(9));
        assert_eq!(major("20"), None);
    }
}
