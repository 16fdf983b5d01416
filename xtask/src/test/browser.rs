//! The tests that run in Chromium.

use std::fs;

use anyhow::Result;

use super::{
    Tally,
    runner::{cargo_test, tests, with_devnet},
};
use crate::{
    dapp, files,
    project::Project,
    setup,
    tools::{cargo, chromium::Chromium, headless, npm},
};

/// The library's wasm tests.
pub(super) fn wasm(project: &Project, args: &[String]) -> Result<Tally> {
    let mut command = headless::cargo(project)?;
    command
        .args(["test", "--no-fail-fast", "--package", "use-aa"])
        .args(["--test", "browser", "--features", "demo"])
        .args(["--target", cargo::WASM]);
    cargo_test(&mut command, args)
}

/// The dapp on a devnet, driven by Playwright.
pub(super) fn e2e(project: &Project, args: &[String]) -> Result<Tally> {
    setup::dapp(project)?;
    npm::binaryen(project)?;
    let chromium = Chromium::install(project)?;
    let scratch = project.scratch("e2e")?;
    let dist = scratch.join("dist");
    // What is published is what is tried.
    dapp::build_release(project, &dist)?;

    with_devnet(project, |devnet| {
        dapp::write_config(devnet, &dist)?;
        dapp::write_policy(project, &dist)?;
        let url = files::serve(dist)?;
        let report = scratch.join("report.json");
        // That of an earlier run must not be taken for this one's.
        fs::remove_file(&report).or_else(|error| match error.kind() {
            std::io::ErrorKind::NotFound => Ok(()),
            _ => Err(error),
        })?;

        let mut command = project.command(project.root.join("end2end/node_modules/.bin/playwright"));
        command
            .current_dir(project.root.join("end2end"))
            .arg("test")
            .args(args)
            .env("CHROMIUM", &chromium.browser)
            .env("CHROMIUM_ARGS", Chromium::arguments(project)?.join(" "))
            .env("USE_AA_DAPP_URL", url)
            .env("USE_AA_DEVNET", &devnet.url)
            .env("USE_AA_REPORT", &report);
        tests(&mut command, |_| {
            fs::read_to_string(&report)
                .ok()
                .and_then(|report| Tally::of_playwright(&report))
                .unwrap_or_default()
        })
    })
}
