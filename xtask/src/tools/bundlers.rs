//! The bundlers and the paymaster of other vendors that the library is tested with.

use std::{
    fs::{self, File},
    path::{Path, PathBuf},
};

use anyhow::{Context, Result, bail};

use super::npm;
use crate::{print, project::Project};

/// The names of Python, and the versions for which all pinned packages have wheels.
const PYTHONS: [&str; 3] = ["python3", "python3.12", "python3.11"];
const PYTHON_CURE: &str = "Python 3.11 or 3.12 with venv is missing: install it, for example with `apt-get install python3 python3-venv`";
/// A script that prints the version of a Python that can make virtual environments.
const PYTHON_VERSION: &str = "import sys, venv, ensurepip; print('%d.%d' % sys.version_info[:2])";

/// The installed programs.
pub(crate) struct Installed {
    /// The folder of the npm packages, with their `package.json`.
    pub(crate) npm: PathBuf,
    /// The Python of the virtual environment.
    pub(crate) python: PathBuf,
    /// The folder of the scripts that start the programs.
    pub(crate) scripts: PathBuf,
}

/// Installs the packages that `end2end/bundlers` pins, once for each version.
pub(crate) fn install(project: &Project) -> Result<Installed> {
    npm::require_node(project)?;
    let (python, version) = python(project)?;
    let scripts = project.root.join("end2end/bundlers");
    let installed = Installed {
        npm: project.cache.join("bundlers-npm"),
        python: project.cache.join("bundlers-python/bin/python"),
        scripts,
    };
    fs::create_dir_all(&project.cache)
        .with_context(|| format!("cannot create {}: check its permissions", project.cache.display()))?;
    // Prevents a second process from installing at the same time.
    let lock = File::create(project.cache.join("bundlers.lock")).context("cannot lock the tool cache")?;
    lock.lock().context("cannot lock the tool cache")?;
    installed.packages(project)?;
    installed.environment(project, &python, &version)?;
    Ok(installed)
}

impl Installed {
    fn packages(&self, project: &Project) -> Result<()> {
        let lockfile = self.read("package-lock.json")?;
        once(&self.npm, &lockfile, || {
            print::announce("Installing @metamask/test-bundler and @pimlico/mock-paymaster");
            for name in ["package.json", "package-lock.json"] {
                fs::copy(self.scripts.join(name), self.npm.join(name))
                    .with_context(|| format!("cannot write {}", self.npm.join(name).display()))?;
            }
            let mut npm = project.command("npm");
            npm.current_dir(&self.npm)
                .args([
                    "ci",
                    "--ignore-scripts",
                    "--no-audit",
                    "--no-fund",
                    "--no-progress",
                ])
                .arg("--loglevel=error");
            project.run(&mut npm).context(
                "the bundlers were not installed: check the connection to the npm registry and try again",
            )
        })
    }

    fn environment(&self, project: &Project, python: &str, version: &str) -> Result<()> {
        let folder = project.cache.join("bundlers-python");
        let requirements = self.read("requirements.txt")?;
        once(&folder, &format!("{version}\n{requirements}"), || {
            print::announce("Installing voltaire-bundler");
            let mut environment = project.command(python);
            project.run(environment.args(["-m", "venv", "--clear"]).arg(&folder))?;
            let mut pip = project.command(&self.python);
            pip.args([
                "-m",
                "pip",
                "install",
                "--quiet",
                "--no-input",
                "--disable-pip-version-check",
            ])
            .args(["--no-deps", "--requirement"])
            .arg(self.scripts.join("requirements.txt"));
            project.run(&mut pip).context(
                "voltaire-bundler was not installed: check the connection to the Python package index and try again",
            )
        })
    }

    fn read(&self, name: &str) -> Result<String> {
        let path = self.scripts.join(name);
        fs::read_to_string(&path).with_context(|| format!("cannot read {}", path.display()))
    }
}

/// Returns the name of a suitable Python, with its version.
fn python(project: &Project) -> Result<(String, String)> {
    for name in PYTHONS {
        let version = project.output(project.command(name).args(["-c", PYTHON_VERSION]));
        if let Ok(version) = version
            && ["3.11", "3.12"].contains(&version.trim())
        {
            return Ok((name.to_owned(), version.trim().to_owned()));
        }
    }
    bail!(PYTHON_CURE)
}

/// Fills a folder, unless it was filled from the same text. An interrupted installation is repeated.
fn once(folder: &Path, text: &str, fill: impl FnOnce() -> Result<()>) -> Result<()> {
    let mark = folder.join(".installed");
    if fs::read_to_string(&mark).is_ok_and(|installed| installed == text) {
        return Ok(());
    }
    if folder.exists() {
        fs::remove_dir_all(folder).with_context(|| format!("cannot replace {}", folder.display()))?;
    }
    fs::create_dir_all(folder)
        .with_context(|| format!("cannot create {}: check its permissions", folder.display()))?;
    fill()?;
    fs::write(&mark, text).with_context(|| format!("cannot write {}", mark.display()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_folder_is_filled_again_after_a_failure_and_for_another_text() {
        let folder = std::env::temp_dir().join(format!("xtask-once-{}", std::process::id()));
        let mut fills = 0;

        let table = [
            ("a", false, 1),
            ("a", true, 2),
            ("a", true, 2),
            ("b", true, 3),
            ("b", true, 3),
        ];
        let counts = table.map(|(text, works, _)| {
            let filled = once(&folder, text, || {
                fills += 1;
                if works { Ok(()) } else { bail!("no connection") }
            });
            assert_eq!(filled.is_ok(), works, "{text}");
            fills
        });
        fs::remove_dir_all(&folder).unwrap();

        assert_eq!(counts, table.map(|(_, _, fills)| fills));
    }
}
