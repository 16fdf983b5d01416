//! The tests that need no browser.

use std::{env, process::Command, thread};

use anyhow::Result;

use super::{run::Run, step::Step, tally::Tally};
use crate::{devnet, project::Project};

/// The folder of the original's client for Nexus, whose packages are too large for all steps.
pub(super) const NEXUS_ORIGINAL: &str = "end2end/interop/nexus";
/// The environment variable for proptest's seed.
const SEED: &str = "PROPTEST_RNG_SEED";
/// The environment variable for the number of parallel tests.
const THREADS: &str = "RUST_TEST_THREADS";

/// The packages and features of everything that runs on the host. Any other selection recompiles the dependencies.
const HOST: [&str; 10] = [
    "--package",
    "use-aa",
    "--package",
    "demo",
    "--package",
    "devnet",
    "--package",
    "server-minting",
    "--features",
    "use-aa/ssr,demo/ssr",
];

/// A test target that makes cargo build the devnet's program as well.
const DEVNET_PROGRAM: &str = "--test=controls";

/// Runs the tests that need neither a chain nor a browser.
pub(super) fn unit(run: &mut Run<'_>) -> Result<Tally> {
    build(run)?;
    let (mut library, mut xtask) = (cargo(run.project), cargo(run.project));
    // A separate command, with the dependencies that this program itself was built from.
    run.cargo_tests([
        library.args(HOST).arg("--lib"),
        xtask.args(["--package", "xtask"]),
    ])
}

/// Runs the tests of the client and of the dapp's reads, against devnets.
pub(super) fn core(run: &mut Run<'_>) -> Result<Tally> {
    build(run)?;
    let mut command = cargo(run.project);
    command.args(HOST).args(["--bin", "demo", "--test", "suite"]);
    if env::var_os(THREADS).is_none() {
        // Most tests wait: for a block, a lock, or a slow service.
        let cores = thread::available_parallelism().map_or(1, usize::from);
        command.env(THREADS, (8 * cores).to_string());
    }
    run.devnets()?.tell(&mut command);
    run.tests(
        command.args(["--", "--skip", "interop::"]).args(run.args),
        Tally::of_cargo,
    )
}

/// Runs the examples of the documentation and checks its links.
pub(super) fn doc(run: &mut Run<'_>) -> Result<Tally> {
    let examples = run.cargo_test(cargo(run.project).args(HOST).arg("--doc"))?;
    let pages = run.check(
        run.project
            .command("cargo")
            .args(["doc", "--package", "use-aa", "--features", "ssr,file-store"])
            .args(["--lib", "--no-deps"])
            .env("RUSTDOCFLAGS", "-D warnings"),
    )?;
    Ok(examples + pages)
}

/// Runs the tests of the devnet.
pub(super) fn devnet(run: &mut Run<'_>) -> Result<Tally> {
    build(run)?;
    run.cargo_test(
        cargo(run.project)
            .args(HOST)
            .args(["--test", "controls", "--test", "devnet"]),
    )
}

/// Runs the tests of the example's server, which start PostgreSQL.
pub(super) fn server(run: &mut Run<'_>) -> Result<Tally> {
    build(run)?;
    let mut command = host_tests(run.project);
    run.devnets()?.tell(&mut command);
    run.cargo_test(command.args(["--test", "server"]))
}

/// Runs the TypeScript originals against the devnet, and exchanges sessions between it and the library.
pub(super) fn interop(run: &mut Run<'_>) -> Result<Tally> {
    build(run)?;
    let (mut alone, mut nexus) = (run.project.command("node"), run.project.command("node"));
    let mut together = cargo(run.project);
    together.args(HOST).args(["--test", "suite"]);
    let devnets = run.devnets()?;
    alone.args(["end2end/interop/mint.mjs", "--devnet", &devnets.shared.url]);
    nexus
        .arg(format!("{NEXUS_ORIGINAL}/session.mjs"))
        .args(["--devnet", &devnets.shared.url]);
    devnets.tell(&mut together);
    let alone = run.tests(&mut alone, Tally::of_last_line)? + run.tests(&mut nexus, Tally::of_last_line)?;
    // Some tests may be requested by name.
    let all = run
        .args
        .iter()
        .all(|arg| arg.starts_with('-'))
        .then_some("interop::");
    let together = run.tests(together.arg("--").args(all).args(run.args), Tally::of_cargo)?;
    Ok(alone + together)
}

/// Builds everything that the steps of the run need on the host, in one go, and the requirements of their devnets.
///
/// # Errors
/// Fails if something does not build, or npm cannot install its packages.
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
        Step::Core => &["--bin=demo", "--test=suite", DEVNET_PROGRAM],
        Step::Interop => &["--test=suite", DEVNET_PROGRAM],
        Step::Bundlers => &["--test=bundlers", DEVNET_PROGRAM],
        Step::Devnet => &["--test=controls", "--test=devnet"],
        Step::Server => &["--test=server", DEVNET_PROGRAM],
        Step::E2e | Step::Guide | Step::Release => &[DEVNET_PROGRAM],
        Step::Fmt
        | Step::Clippy
        | Step::Doc
        | Step::Wasm
        | Step::Package
        | Step::Msrv
        | Step::LeptosNext
        | Step::Size => &[],
    }
}

/// Creates a command for tests on the host, with the packages and features of all steps.
pub(super) fn host_tests(project: &Project) -> Command {
    let mut command = cargo(project);
    command.args(HOST);
    command
}

/// Creates a command for tests, with a fixed seed.
pub(super) fn cargo(project: &Project) -> Command {
    let mut command = project.command("cargo");
    command.args(["test", "--no-fail-fast"]);
    // A fixed seed makes a run repeatable. `cargo xtask fuzz` tries new cases.
    if env::var_os(SEED).is_none() {
        command.env(SEED, "4337");
    }
    command
}
