//! rustfmt and clippy.

use anyhow::Result;

use super::{Tally, runner};
use crate::{project::Project, tools::cargo};

pub(super) fn fmt(project: &Project) -> Result<Tally> {
    cargo::component(project, "rustfmt")?;
    Ok(runner::check(
        project,
        project.command("cargo").args(["fmt", "--all", "--check"]),
    ))
}

pub(super) fn clippy(project: &Project) -> Result<Tally> {
    const RUNS: [&[&str]; 4] = [
        &["--workspace", "--all-targets", "--features", "use-aa/hook-pages"],
        &["--package", "use-aa", "--features", "ssr", "--lib", "--tests"],
        &["--package", "use-aa", "--no-default-features", "--lib", "--tests"],
        &[
            "--package",
            "use-aa",
            "--target",
            "wasm32-unknown-unknown",
            "--features",
            "demo",
            "--lib",
            "--bins",
            "--test",
            "browser",
        ],
    ];

    cargo::component(project, "clippy")?;
    cargo::wasm_target(project)?;
    Ok(RUNS
        .iter()
        .map(|run| {
            println!("clippy {}", run.join(" "));
            let mut command = project.command("cargo");
            command.arg("clippy").args(*run).args(["--", "-D", "warnings"]);
            runner::check(project, &mut command)
        })
        .fold(Tally::default(), |sum, tally| sum + tally))
}
