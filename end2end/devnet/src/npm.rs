//! The npm packages of `end2end`.

use std::{
    path::{Path, PathBuf},
    process::{Command, Stdio},
};

use crate::{error::Error, processes::Watchdog};

/// Returns the path of the folder `end2end`, which holds `package.json`.
#[must_use]
pub fn folder() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR"))
        .parent()
        .expect("the crate lies in a folder")
        .to_owned()
}

/// Returns the path of a file of an installed package.
pub(crate) fn file(path: &str) -> PathBuf {
    folder().join("node_modules").join(path)
}

/// Installs the packages with `npm ci`, unless the installed ones match the lockfile.
///
/// # Errors
/// Fails if node or npm is missing, or npm fails.
pub fn install() -> Result<(), Error> {
    let lockfile = folder().join("package-lock.json");
    let wanted = std::fs::read(&lockfile).map_err(Error::file(&lockfile))?;
    // Prevents a second process from installing at the same time.
    let turn = std::fs::File::open(&lockfile).map_err(Error::file(&lockfile))?;
    turn.lock().map_err(Error::file(&lockfile))?;
    // Written after a complete installation, so an interrupted one is repeated.
    let mark = file(".installed-lockfile");
    if std::fs::read(&mark).is_ok_and(|installed| installed == wanted) {
        return Ok(());
    }

    eprintln!("devnet: installing npm packages");
    run(
        Command::new("npm")
            .args(["ci", "--no-progress"])
            .current_dir(folder()),
        "npm",
    )?;
    std::fs::write(&mark, wanted).map_err(Error::file(mark))
}

/// Runs a program to its end and returns its stdout. The program ends with this process.
pub(crate) fn run(command: &mut Command, program: &str) -> Result<String, Error> {
    let mut watchdog = Watchdog::start()?;
    let child = command
        .stdin(Stdio::null())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn();
    let child = child.map_err(Error::run(program))?;
    watchdog.guard(&child)?;
    let output = child.wait_with_output().map_err(Error::run(program))?;
    watchdog.keep(&[]);
    if output.status.success() {
        return Ok(String::from_utf8_lossy(&output.stdout).into_owned());
    }
    let stderr = String::from_utf8_lossy(&output.stderr);
    let lines: Vec<_> = stderr.lines().filter(|line| !line.trim().is_empty()).collect();
    let end = lines[lines.len().saturating_sub(12)..].join("\n");
    Err(Error::Failed {
        program: format!("{command:?}").replace('"', ""),
        output: end,
    })
}
