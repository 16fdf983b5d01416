//! The tests that run in Chromium.

use std::{
    fs, io,
    path::{Path, PathBuf},
};

use anyhow::{Context, Result};

use super::{
    examples::{self, Examples},
    run::Run,
    suites,
    tally::Tally,
};
use crate::{
    dapp,
    devnet::Devnet,
    files, print,
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
    suites::build(run)?;
    let dist = run.project.scratch("e2e")?.join("dist");
    run.build(&mut dapp::build_for_tests(run.project, &dist))?;
    let examples = examples::build(run)?;
    playwright(run, &dist, "playwright.config.ts", Some(&examples))
}

/// Builds the dapp for release, checks that its parts load, and compares its size with the budget.
pub(super) fn release(run: &mut Run<'_>) -> Result<Tally> {
    suites::build(run)?;
    let dist = run.project.scratch("release")?.join("dist");
    run.build(&mut dapp::build_release(run.project, &dist))?;
    let sizes = match size::exceeded(run.project, &dist)? {
        exceeded if exceeded.is_empty() => Tally::default(),
        exceeded => {
            print::err(format_args!("error: {}", exceeded.join("; ")));
            Tally::failure()
        }
    };
    Ok(sizes + playwright(run, &dist, "published.config.ts", None)?)
}

/// Runs the Playwright specs of a configuration against the dapp in a folder.
fn playwright(run: &mut Run<'_>, dist: &Path, config: &str, examples: Option<&Examples>) -> Result<Tally> {
    let (project, args) = (run.project, run.args);
    let chromium = Chromium::install(project)?;
    let report = dist.with_file_name("report.json");
    // The report of an earlier run must not be read.
    remove(&report, |report| fs::remove_file(report))?;

    let devnets = run.devnets()?;
    let serial = copy(project, dist)?;
    let mut command = project.command(project.root.join("end2end/node_modules/.bin/playwright"));
    devnets.tell(
        command
            .current_dir(project.root.join("end2end"))
            .args(["test", "--config", config])
            .args(args)
            .env("CHROMIUM", &chromium.shell)
            .env("CHROMIUM_ARGS", Chromium::arguments(project)?.join(" "))
            .env(
                "USE_AA_DAPP_URL",
                serve(project, &devnets.shared, dist.to_owned())?,
            )
            .env("USE_AA_SERIAL_DAPP_URL", serve(project, &devnets.serial, serial)?)
            .env("USE_AA_REPORT", &report),
    );
    if let Some(Examples { pages, server }) = examples {
        command
            .env("USE_AA_EXAMPLES", pages)
            .env("USE_AA_SERVER_RENDERED", server);
    }
    run.tests(&mut command, |_| {
        fs::read_to_string(&report)
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
