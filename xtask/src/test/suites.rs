//! The tests that need no browser.

use std::{env, process::Command};

use anyhow::Result;

use super::{
    Tally,
    runner::{cargo_test, check, tests, with_devnet},
};
use crate::{project::Project, setup};

/// Where proptest looks for its seed.
const SEED: &str = "PROPTEST_RNG_SEED";

/// The library without Leptos: unit tests, the vectors, and the client against a devnet.
pub(super) fn core(project: &Project, args: &[String]) -> Result<Tally> {
    with_devnet(project, |devnet| {
        let mut command = cargo(project);
        command
            .args(["--package", "use-aa", "--no-default-features"])
            .args(["--lib", "--tests"])
            .env("USE_AA_DEVNET", &devnet.url);
        // They need the original: `cargo xtask test interop`.
        let skip = ["--skip".to_owned(), "interop::".to_owned()];
        cargo_test(&mut command, &[&skip, args].concat())
    })
}

/// The hooks as on a server.
pub(super) fn hooks(project: &Project, args: &[String]) -> Result<Tally> {
    cargo_test(
        cargo(project).args(["--package", "use-aa", "--features", "ssr", "--lib"]),
        args,
    )
}

/// What the dapp reads: its configuration, and collections on a devnet.
pub(super) fn dapp(project: &Project, args: &[String]) -> Result<Tally> {
    with_devnet(project, |devnet| {
        let mut command = cargo(project);
        command
            .args(["--package", "use-aa", "--features", "hook-pages", "--bin", "demo"])
            .env("USE_AA_DEVNET", &devnet.url);
        cargo_test(&mut command, args)
    })
}

/// The documentation's examples, and its links.
pub(super) fn doc(project: &Project, args: &[String]) -> Result<Tally> {
    let examples = cargo_test(
        cargo(project).args(["--package", "use-aa", "--features", "ssr", "--doc"]),
        args,
    )?;
    let pages = check(
        project,
        project
            .command("cargo")
            .args([
                "doc",
                "--package",
                "use-aa",
                "--features",
                "ssr",
                "--lib",
                "--no-deps",
            ])
            .env("RUSTDOCFLAGS", "-D warnings"),
    );
    Ok(examples + pages)
}

/// The programs that are not published.
pub(super) fn devnet(project: &Project, args: &[String]) -> Result<Tally> {
    setup::chain(project)?;
    cargo_test(
        cargo(project).args(["--package", "devnet", "--package", "xtask"]),
        args,
    )
}

/// The TypeScript original against our devnet, and sessions that pass from it to the library and back.
pub(super) fn interop(project: &Project, args: &[String]) -> Result<Tally> {
    with_devnet(project, |devnet| {
        let mut alone = project.command("node");
        alone.args(["end2end/interop/mint.mjs", "--devnet", &devnet.url]);
        let mut together = cargo(project);
        together
            .args(["--package", "use-aa", "--no-default-features"])
            .args(["--test", "suite"])
            .env("USE_AA_DEVNET", &devnet.url);
        let alone = tests(&mut alone, Tally::of_last_line)?;
        let mut args = args.to_vec();
        if args.iter().all(|arg| arg.starts_with('-')) {
            args.insert(0, "interop::".to_owned());
        }
        Ok(alone + cargo_test(&mut together, &args)?)
    })
}

fn cargo(project: &Project) -> Command {
    let mut command = project.command("cargo");
    command.args(["test", "--no-fail-fast"]);
    // A run can be repeated. New cases are what `cargo xtask fuzz` is for.
    if env::var_os(SEED).is_none() {
        command.env(SEED, "4337");
    }
    command
}
