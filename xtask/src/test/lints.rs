//! rustfmt and clippy.

use anyhow::Result;

use super::{run::Run, tally::Tally};
use crate::{dapp, examples, print, tools::cargo};

/// The clippy runs: the whole workspace; the library below the hooks, without Leptos; the wasm code; and the hooks of a
/// page that a server renders first.
const CLIPPY: [&[&str]; 4] = [
    &[
        "--workspace",
        "--all-targets",
        "--features",
        "use-aa/ssr,demo/ssr",
    ],
    &["--package", "use-aa", "--no-default-features", "--lib", "--tests"],
    &[
        "--package",
        "use-aa",
        "--package",
        "demo",
        "--target",
        cargo::WASM,
        "--features",
        dapp::BROWSER_FEATURES,
        "--lib",
        "--bins",
        "--test",
        "browser",
    ],
    &[
        "--package",
        "use-aa",
        "--target",
        cargo::WASM,
        "--features",
        "hydrate",
        "--lib",
    ],
];

pub(super) fn fmt(run: &mut Run<'_>) -> Result<Tally> {
    let mut sum = run.check(run.project.command("cargo").args(["fmt", "--all", "--check"]))?;
    for example in examples::FOLDERS {
        let mut command = run.project.command("cargo");
        command
            .args(["fmt", "--check", "--manifest-path"])
            .arg(format!("{example}/Cargo.toml"));
        sum = sum + run.check(&mut command)?;
    }
    Ok(sum)
}

pub(super) fn clippy(run: &mut Run<'_>) -> Result<Tally> {
    let mut sum = Tally::default();
    for set in CLIPPY {
        print::out(format_args!("clippy {}", set.join(" ")));
        let mut command = run.project.command("cargo");
        sum = sum + run.check(command.arg("clippy").args(set).args(["--", "-D", "warnings"]))?;
    }
    Ok(sum)
}
