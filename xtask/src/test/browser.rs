//! The tests that run in Chromium.

use std::{
    ffi::OsStr,
    fs, io,
    path::{Path, PathBuf},
    process::Command,
};

use anyhow::{Context, Result};

use super::{examples, run::Run, suites, tally::Tally, weights::within_budget};
use crate::{
    dapp,
    devnet::Devnet,
    files,
    project::Project,
    size,
    tools::{cargo, chromium::Chromium, headless},
};

/// Runs the library's wasm tests. They use the profile and features of the tested dapp, to share compiled crates.
pub(super) fn wasm(run: &mut Run<'_>) -> Result<Tally> {
    let mut command = headless::cargo(run.project)?;
    command
        .args([
            "test",
            "--no-fail-fast",
            "--package",
            "use-aa",
            "--package",
            "demo",
        ])
        .args(["--test", "browser", "--features", dapp::BROWSER_FEATURES])
        .args(["--profile", dapp::TEST_PROFILE, "--target", cargo::WASM]);
    run.cargo_test(&mut command)
}

/// Runs the Playwright tests of the dapp and the examples on devnets.
pub(super) fn e2e(run: &mut Run<'_>) -> Result<Tally> {
    let dist = build(run, "e2e")?;
    let examples = examples::build(run)?;
    let variables = [
        ("USE_AA_EXAMPLES", examples.pages.as_os_str()),
        ("USE_AA_SERVER_RENDERED", examples.server.as_os_str()),
    ];
    playwright(run, &dist, "playwright.config.ts", &variables)
}

/// Takes the screenshots of the dapp on devnets, into a folder.
pub(super) fn shots(run: &mut Run<'_>, folder: &Path) -> Result<Tally> {
    let dist = build(run, "shots")?;
    playwright(
        run,
        &dist,
        "shots.config.ts",
        &[("USE_AA_SHOTS", folder.as_os_str())],
    )
}

/// Builds the devnet, and the dapp for its tests in the scratch folder of this name. Returns the folder of the dapp.
fn build(run: &mut Run<'_>, name: &str) -> Result<PathBuf> {
    suites::build(run)?;
    let dist = run.project.scratch(name)?.join("dist");
    run.build(&mut dapp::build_for_tests(run.project, &dist))?;
    Ok(dist)
}

/// Builds the dapp for release, checks that its parts load, and compares its size with the budget.
pub(super) fn release(run: &mut Run<'_>) -> Result<Tally> {
    suites::build(run)?;
    let dist = run.project.scratch("release")?.join("dist");
    run.build(&mut dapp::build_release(run.project, &dist))?;
    let sizes = within_budget(&size::exceeded(run.project, &dist)?);
    Ok(sizes + playwright(run, &dist, "published.config.ts", &[])?)
}

/// Uses the app of the guide at its address, on the chain at another.
pub(super) fn guide(run: &mut Run<'_>, app: &str, chain: &str) -> Result<Tally> {
    let report = run.project.scratch("guide")?.join("report.json");
    let mut command = specs(run, "guide.config.ts", &report)?;
    command.env("USE_AA_DAPP_URL", app).env("USE_AA_DEVNET", chain);
    reported(run, &mut command, &report)
}

/// Runs the Playwright specs of a configuration against the dapp in a folder, with further environment variables.
fn playwright(run: &mut Run<'_>, dist: &Path, config: &str, variables: &[(&str, &OsStr)]) -> Result<Tally> {
    let report = dist.with_file_name("report.json");
    let mut command = specs(run, config, &report)?;
    let project = run.project;
    let devnets = run.devnets()?;
    let serial = copy(project, dist)?;
    devnets.tell(
        command
            .env(
                "USE_AA_DAPP_URL",
                serve(project, &devnets.shared, dist.to_owned())?,
            )
            .env("USE_AA_SERIAL_DAPP_URL", serve(project, &devnets.serial, serial)?)
            .envs(variables.iter().copied()),
    );
    reported(run, &mut command, &report)
}

/// Creates a command for the Playwright specs of a configuration.
fn specs(run: &Run<'_>, config: &str, report: &Path) -> Result<Command> {
    let project = run.project;
    let chromium = Chromium::install(project)?;
    // The report of an earlier run must not be read.
    remove(report, |report| fs::remove_file(report))?;
    let mut command = project.command(project.root.join("end2end/node_modules/.bin/playwright"));
    command
        .current_dir(project.root.join("end2end"))
        .args(["test", "--config", config])
        .args(run.args)
        .env("CHROMIUM", &chromium.shell)
        .env("CHROMIUM_ARGS", Chromium::arguments(project)?.join(" "))
        .env("USE_AA_REPORT", report);
    Ok(command)
}

/// Runs Playwright, and counts the tests of its report.
fn reported(run: &mut Run<'_>, command: &mut Command, report: &Path) -> Result<Tally> {
    run.tests(command, |_| {
        fs::read_to_string(report)
            .ok()
            .and_then(|report| Tally::of_playwright(&report))
            .unwrap_or_default()
    })
}

/// Serves the dapp in a folder, configured for a devnet, and returns its URL.
fn serve(project: &Project, devnet: &Devnet, dist: PathBuf) -> Result<String> {
    dapp::write_config(devnet, &dist)?;
    dapp::write_policy(project, &dist)?;
    files::serve(dist)
}

/// Copies the dapp, for the `config.json` of another devnet.
fn copy(project: &Project, dist: &Path) -> Result<PathBuf> {
    let copy = dist.with_file_name("serial");
    remove(&copy, |copy| fs::remove_dir_all(copy))?;
    project.run(project.command("cp").arg("-R").arg(dist).arg(&copy))?;
    Ok(copy)
}

fn remove(path: &Path, remove: impl FnOnce(&Path) -> io::Result<()>) -> Result<()> {
    match remove(path) {
        Err(error) if error.kind() != io::ErrorKind::NotFound => {
            Err(error).with_context(|| format!("cannot remove {}: check its permissions", path.display()))
        }
        _ => Ok(()),
    }
}
