//! The step that runs the library with the bundlers of several vendors.

use std::{
    fs::File,
    io::{BufRead, BufReader, Write},
    path::PathBuf,
    process::{Child, ChildStdout, Command, Stdio},
    sync::mpsc,
    thread,
    time::Duration,
};

use anyhow::{Context, Result, bail};

use super::{run::Run, suites, tally::Tally};
use crate::{
    devnet::Devnet,
    project::Project,
    tools::bundlers::{self, Installed},
};

/// A timeout longer than a start takes on a small machine.
const START_UP: Duration = Duration::from_secs(90);
/// The first words of the line in which a program prints its port.
const PORT: &str = "listening on port ";

/// Runs every act of the library with every bundler, on a devnet.
pub(super) fn bundlers(run: &mut Run<'_>) -> Result<Tally> {
    suites::build(run)?;
    let project = run.project;
    let installed = bundlers::install(project)?;
    let mut command = suites::host_tests(project);
    command.args(["--test", "bundlers"]);
    let devnets = run.devnets()?;
    let services = start(project, &installed, &devnets.serial)?;
    command.env("USE_AA_DEVNET", &devnets.serial.url);
    for Service { variable, url, .. } in &services {
        command.env(variable, url);
    }
    run.cargo_test(&mut command)
}

/// A running program.
struct Service {
    /// The environment variable of the tests for the URL.
    variable: &'static str,
    url: String,
    _process: Process,
}

/// A process that is killed when the value is dropped.
struct Process(Child);

impl Drop for Process {
    fn drop(&mut self) {
        // A process that has ended is no error.
        let _ = self.0.kill();
        let _ = self.0.wait();
    }
}

/// Starts all programs, and waits until they listen.
fn start(project: &Project, installed: &Installed, devnet: &Devnet) -> Result<Vec<Service>> {
    let node = |name: &str| format!("{}/t/{name}/rpc", devnet.url);
    let script = |name: &str| installed.scripts.join(name);
    let mut test_bundler = project.command("node");
    test_bundler
        .args([script("test-bundler.mjs"), installed.npm.clone()])
        .arg(node("test-bundler"));
    let mut paymaster = project.command("node");
    paymaster
        .args([script("mock-paymaster.mjs"), installed.npm.clone()])
        .arg(node("mock-paymaster"));
    let mut voltaire = project.command(&installed.python);
    let key = devnet
        .funded_keys
        .get(1)
        .context("the devnet has too few funded keys")?;
    voltaire
        .arg(script("voltaire.py"))
        .arg(node("voltaire"))
        .args([&devnet.chain_id.to_string(), key]);

    let starting = [
        Starting::new(
            project,
            "test-bundler",
            "USE_AA_TEST_BUNDLER",
            "/rpc",
            test_bundler,
        )?,
        Starting::new(project, "mock-paymaster", "USE_AA_MOCK_PAYMASTER", "/", paymaster)?,
        Starting::new(project, "voltaire", "USE_AA_VOLTAIRE", "/rpc", voltaire)?,
    ];
    // All of them start side by side.
    starting.into_iter().map(Starting::wait).collect()
}

/// A program that does not listen yet.
struct Starting {
    name: &'static str,
    variable: &'static str,
    path: &'static str,
    log: PathBuf,
    process: Process,
    port: mpsc::Receiver<String>,
}

impl Starting {
    /// Starts a program in a folder of its own, where it writes its files and its log.
    fn new(
        project: &Project,
        name: &'static str,
        variable: &'static str,
        path: &'static str,
        mut command: Command,
    ) -> Result<Self> {
        let folder = project.scratch(&format!("bundlers/{name}"))?;
        let log = folder.join("log");
        let file = File::create(&log).with_context(|| format!("cannot write {}", log.display()))?;
        let mut process = command
            .current_dir(&folder)
            .stdout(Stdio::piped())
            .stderr(file.try_clone()?)
            .spawn()
            .with_context(|| format!("{name} did not start"))?;
        let output = process
            .stdout
            .take()
            .with_context(|| format!("{name} has no output"))?;
        Ok(Self {
            name,
            variable,
            path,
            log,
            process: Process(process),
            port: printed_port(output, file),
        })
    }

    /// Waits until the program listens.
    fn wait(self) -> Result<Service> {
        let Self {
            name,
            variable,
            path,
            log,
            process,
            port,
        } = self;
        let Ok(port) = port.recv_timeout(START_UP) else {
            bail!("{name} did not start: see {}", log.display());
        };
        Ok(Service {
            variable,
            url: format!("http://127.0.0.1:{port}{path}"),
            _process: process,
        })
    }
}

/// Receives the port that a program prints. All output goes to the log.
fn printed_port(output: ChildStdout, mut log: File) -> mpsc::Receiver<String> {
    let (found, port) = mpsc::channel();
    thread::spawn(move || {
        // The sender is dropped with the end of the output, which ends the wait.
        for line in BufReader::new(output).lines().map_while(Result::ok) {
            if let Some(port) = line.strip_prefix(PORT) {
                let _ = found.send(port.to_owned());
            }
            let _ = writeln!(log, "{line}");
        }
    });
    port
}
