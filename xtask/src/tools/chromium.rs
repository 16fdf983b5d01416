//! Chromium and chromedriver.

use std::{
    env,
    ffi::OsString,
    path::{Path, PathBuf},
};

use anyhow::{Context, Result, bail};

use super::apt::{self, is_root};
use crate::{print, project::Project};

/// The paths of the browser and its driver.
pub(crate) struct Chromium {
    /// The browser.
    pub(crate) browser: PathBuf,
    /// The headless build of the same browser, or the browser itself. A page takes a quarter of the time in the
    /// headless build.
    pub(crate) shell: PathBuf,
    /// chromedriver of the same version.
    pub(crate) driver: PathBuf,
}

/// The package names of the browser and its driver by distribution.
const PACKAGES: [&[&str]; 3] = [
    &["chromium", "chromium-driver", SHELL],
    &["chromium", "chromium-driver"],
    &["chromium-browser", "chromium-chromedriver"],
];

/// Debian's name for the headless browser, of both package and program.
const SHELL: &str = "chromium-headless-shell";

const CURE: &str = "install them (Debian: `apt-get install chromium chromium-driver`), or name them in the variables CHROMIUM and CHROMEDRIVER";

impl Chromium {
    /// Returns the system's Chromium, or the one that `CHROMIUM` and `CHROMEDRIVER` name.
    ///
    /// # Errors
    /// Fails if a variable names no file.
    pub(crate) fn find(project: &Project) -> Result<Option<Self>> {
        let hosted = || env::var_os("CHROMEWEBDRIVER").map(|folder| Path::new(&folder).join("chromedriver"));
        let browser = named("CHROMIUM", env::var_os("CHROMIUM"))?.or_else(|| {
            [
                "chromium",
                "chromium-browser",
                "google-chrome",
                "google-chrome-stable",
            ]
            .iter()
            .find_map(|name| project.which(name))
        });
        let driver = named("CHROMEDRIVER", env::var_os("CHROMEDRIVER"))?
            .or_else(|| hosted().filter(|path| path.is_file()))
            .or_else(|| project.which("chromedriver"));
        let is_debian =
            |browser: &PathBuf| browser.ends_with("chromium") && env::var_os("CHROMIUM").is_none();
        Ok(browser.zip(driver).map(|(browser, driver)| Self {
            shell: Some(&browser)
                .filter(|browser| is_debian(browser))
                .and_then(|_| project.which(SHELL))
                .unwrap_or_else(|| browser.clone()),
            browser,
            driver,
        }))
    }

    /// Checks that the browser and its driver run.
    ///
    /// # Errors
    /// Fails if one of them does not print its version.
    pub(crate) fn require_running(&self, project: &Project) -> Result<()> {
        for program in [&self.browser, &self.shell, &self.driver] {
            project
                .output(project.command(program).arg("--version"))
                .with_context(|| format!("{} does not run: {CURE}", program.display()))?;
        }
        Ok(())
    }

    /// Returns the system's Chromium, and installs it with apt where permitted.
    ///
    /// # Errors
    /// Fails if Chromium is missing and cannot be installed; the error tells how to install it.
    pub(crate) fn install(project: &Project) -> Result<Self> {
        if let Some(chromium) = Self::find(project)? {
            return Ok(chromium);
        }

        if !apt::is_permitted(project)? {
            bail!("Chromium or chromedriver is missing: {CURE}");
        }
        print::announce("Installing Chromium through apt-get");
        apt::install(project, &PACKAGES)
            .with_context(|| format!("apt-get did not bring Chromium and chromedriver: {CURE}"))?;

        Self::find(project)?
            .with_context(|| format!("apt-get brought no Chromium or no chromedriver: {CURE}"))
    }

    /// Returns the switches for a browser without background network traffic and, as root, without a sandbox.
    pub(crate) fn arguments(project: &Project) -> Result<Vec<&'static str>> {
        let mut arguments = vec![
            "--disable-gpu",
            "--disable-quic",
            "--disable-dev-shm-usage",
            "--no-first-run",
            "--disable-background-networking",
            "--disable-component-update",
            "--disable-sync",
        ];
        if is_root(project)? {
            arguments.push("--no-sandbox");
        }
        Ok(arguments)
    }
}

/// Reads the path of a program from an environment variable.
fn named(variable: &str, value: Option<OsString>) -> Result<Option<PathBuf>> {
    let Some(path) = value.filter(|value| !value.is_empty()).map(PathBuf::from) else {
        return Ok(None);
    };
    if !path.is_file() {
        bail!(
            "{variable} names {}, which is no program: name one that is there, or unset {variable}",
            path.display()
        );
    }
    Ok(Some(path))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_variable_that_names_no_program_is_an_error_that_says_so() {
        let missing = named("CHROMIUM", Some("/nowhere/chromium".into()));
        let there = named("CHROMIUM", Some("/bin/sh".into()));

        assert_eq!(
            missing.unwrap_err().to_string(),
            "CHROMIUM names /nowhere/chromium, which is no program: name one that is there, or unset CHROMIUM"
        );
        assert_eq!(there.unwrap(), Some(PathBuf::from("/bin/sh")));
        assert_eq!(named("CHROMIUM", None).unwrap(), None);
        assert_eq!(named("CHROMIUM", Some(OsString::new())).unwrap(), None);
    }
}
