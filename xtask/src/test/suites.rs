//! The tests that need no browser.

use std::{env, process::Command, thread};

use anyhow::Result;

use super::{Step, Tally, run::Run};
use crate::{devnet, project::Project};

/// Where proptest looks for its seed.
const SEED: &str = "PROPTEST_RNG_SEED";
/// The number of tests that run at once, read by the test runner.
const THREADS: &str = "RUST_TEST_THREADS";

/// The packages and features of everything that runs on the host. Another choice of either compiles the dependencies anew.
const HOST: [&str; 6] = [
    "--package",
    "use-aa",
    "--package",
    "devnet",
    "--features",
    "use-aa/ssr,use-aa/demo",
];

/// A test for which cargo builds the devnet's program as well.
const DEVNET_PROGRAM: &str = "--test=controls";

/// The tests that need neither a chain nor a browser.
pub(super) fn unit(run: &mut Run<'_>) -> Result<Tally> {
    build(run)?;
    let (mut library, mut xtask) = (cargo(run.project), cargo(run.project));
    // Apart from the others: these are the dependencies that this program itself was built from.
    run.cargo_tests([
        library.args(HOST).arg("--lib"),
        xtask.args(["--package", "xtask"]),
    ])
}

/// The client and what the dapp reads, against devnets.
pub(super) fn core(run: &mut Run<'_>) -> Result<Tally> {
    build(run)?;
    let mut command = cargo(run.project);
    command.args(HOST).args(["--bin", "hooks", "--test", "suite"]);
    if env::var_os(THREADS).is_none() {
        // Most of them wait: for a block, a turn, a service that is slow.
        let cores = thread::available_parallelism().map_or(1, usize::from);
        command.env(THREADS, (8 * cores).to_string());
    }
    run.devnets()?.tell(&mut command);
    run.tests(
        command.args(["--", "--skip", "interop::"]).args(run.args),
        Tally::of_cargo,
    )
}

/// The documentation's examples, and its links.
pub(super) fn doc(run: &mut Run<'_>) -> Result<Tally> {
    let examples = run.cargo_test(cargo(run.project).args(HOST).arg("--doc"))?;
    let pages = run.check(
        run.project
            .command("cargo")
            .args(["doc", "--package", "use-aa", "--features", "ssr"])
            .args(["--lib", "--no-deps"])
            .env("RUSTDOCFLAGS", "-D warnings"),
    )?;
    Ok(examples + pages)
}

/// The devnet itself.
pub(super) fn devnet(run: &mut Run<'_>) -> Result<Tally> {
    build(run)?;
    run.cargo_test(
        cargo(run.project)
            .args(HOST)
            .args(["--test", "controls", "--test", "devnet"]),
    )
}

/// The TypeScript original against our devnet, and sessions that pass from it to the library and back.
pub(super) fn interop(run: &mut Run<'_>) -> Result<Tally> {
    build(run)?;
    let mut alone = run.project.command("node");
    let mut together = cargo(run.project);
    together.args(HOST).args(["--test", "suite"]);
    let devnets = run.devnets()?;
    alone.args(["end2end/interop/mint.mjs", "--devnet", &devnets.shared.url]);
    devnets.tell(&mut together);
    let alone = run.tests(&mut alone, Tally::of_last_line)?;
    // Some of them may be asked for by name.
    let all = run
        .args
        .iter()
        .all(|arg| arg.starts_with('-'))
        .then_some("interop::");
    let together = run.tests(together.arg("--").args(all).args(run.args), Tally::of_cargo)?;
    Ok(alone + together)
}

/// Builds all that the steps of the run need on the host, in one go, and what their devnets need.
///
/// # Errors
/// When something does not build, or npm does not bring its packages.
pub(super) fn build(run: &mut Run<'_>) -> Result<()> {
    if run.is_built {
        return Ok(());
    }
    let mut targets: Vec<_> = run
        .steps
        .iter()
        .flat_map(|step| targets(*step))
        .copied()
        .collect();
    targets.sort_unstable();
    targets.dedup();
    let mut command = cargo(run.project);
    command.arg("--no-run").args(HOST).args(targets);
    run.build(&mut command)?;
    if run.steps.iter().any(|step| step.needs_devnet()) {
        run.build(devnet::program(run.project).arg("contracts"))?;
    }
    run.is_built = true;
    Ok(())
}

fn targets(step: Step) -> &'static [&'static str] {
    match step {
        Step::Unit => &["--lib"],
        Step::Core => &["--bin=hooks", "--test=suite", DEVNET_PROGRAM],
        Step::Interop => &["--test=suite", DEVNET_PROGRAM],
        Step::Devnet => &["--test=controls", "--test=devnet"],
        Step::E2e | Step::Release => &[DEVNET_PROGRAM],
        Step::Fmt | Step::Clippy | Step::Doc | Step::Wasm | Step::Package => &[],
    }
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
