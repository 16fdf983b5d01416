use std::{
    fs::{File, OpenOptions},
    io::{BufRead, BufReader, Write},
    path::PathBuf,
    process::{ChildStdout, Command, Stdio},
    thread,
    time::Duration,
};

use alloy::primitives::Address;
use serde_json::json;
use tokio::sync::oneshot;

use crate::{
    error::Error,
    jsonrpc::Upstream,
    keys, npm,
    processes::{Process, Watchdog, end_of, last_line_of},
};

const START_UP: Duration = Duration::from_secs(90);

/// A running bundler process. Dropping the value kills the process.
#[derive(Debug)]
pub(crate) struct Bundler {
    pub(crate) upstream: Upstream,
    process: Process,
    log: PathBuf,
    port: u16,
}

impl Bundler {
    /// Starts a bundler with an empty mempool, on any free port when `port` is 0. With `hold` it does not bundle by
    /// itself.
    pub(crate) async fn start(
        http: reqwest::Client,
        node: &Upstream,
        entry_points: [Address; 3],
        port: u16,
        hold: bool,
        watchdog: &mut Watchdog,
    ) -> Result<Self, Error> {
        let path = watchdog.folder().join("alto.log");
        let log = OpenOptions::new().create(true).append(true).open(&path);
        let log = log.map_err(Error::file(&path))?;
        let stderr = log.try_clone().map_err(Error::file(&path))?;

        let mut child = command(node.url(), entry_points, port, hold)
            .current_dir(watchdog.folder())
            .stdin(Stdio::null())
            .stdout(Stdio::piped())
            .stderr(stderr)
            .spawn()
            .map_err(Error::run("node"))?;
        watchdog.guard(&child)?;
        let stdout = child.stdout.take().expect("stdout is piped");
        let process = Process(child);

        let port = tokio::time::timeout(START_UP, printed_port(stdout, log))
            .await
            .ok()
            .flatten();
        let port = port.ok_or_else(|| Error::Bundler(end_of(&path)))?;
        let upstream = Upstream::new(http, "bundler", port);
        let served = upstream.call("eth_supportedEntryPoints", json!([])).await;
        served.map_err(|error| Error::Bundler(error.message))?;
        Ok(Self {
            upstream,
            process,
            log: path,
            port,
        })
    }

    pub(crate) fn id(&self) -> u32 {
        self.process.0.id()
    }

    pub(crate) fn port(&self) -> u16 {
        self.port
    }

    /// Pauses bundling (operations stay in the mempool), or resumes it.
    pub(crate) async fn hold(&self, hold: bool) -> Result<(), Error> {
        let set = self
            .upstream
            .call("debug_bundler_setBundlingMode", json!([mode(hold)]));
        set.await.map(drop).map_err(|error| Error::Hold(error.message))
    }

    /// Returns the error of a bundler that has ended.
    pub(crate) fn ended(&mut self) -> Option<Error> {
        let _status = self.process.0.try_wait().ok()??;
        Some(Error::PartEnded {
            part: "bundler",
            output: last_line_of(&self.log),
        })
    }
}

fn command(node: &str, entry_points: [Address; 3], port: u16, hold: bool) -> Command {
    let mut command = Command::new("node");
    command
        .arg(npm::folder().join("devnet/alto.mjs"))
        .arg("run")
        .args(["--port", &port.to_string()]);
    command
        .args(["--bundle-mode", mode(hold)])
        .args(["--enable-debug-endpoints", "true"]);
    command
        .args(["--rpc-url", node])
        .args(["--entrypoints", &entry_points.map(|at| at.to_string()).join(",")]);
    command.args(["--executor-private-keys", &keys::executor().to_string()]);
    command.args(["--utility-private-key", &keys::utility().to_string()]);
    command.args([
        "--utility-wallet-monitor",
        "false",
        "--deploy-simulations-contract",
        "true",
    ]);
    // Safe mode traces validations in a way that anvil does not support.
    command.args(["--safe-mode", "false", "--log-level", "warn"]);
    // Otherwise the tip of each bundle raises the bundler's next price, without end on a chain without other senders.
    command.args(["--static-max-priority-fee-per-gas", "1"]);
    // The gas of the calls depends on the state, which other operations change before the estimated one is included.
    command.args(["--v7-call-gas-limit-multiplier", "110"]);
    command.args([
        // Shorter than the default, but not minimal: each waiting bundler uses a tenth of a core.
        "--min-bundle-interval",
        "50",
        "--max-bundle-interval",
        "100",
        "--block-time",
        "100",
    ]);
    command
}

fn mode(hold: bool) -> &'static str {
    if hold { "manual" } else { "auto" }
}

/// Returns the port that the bundler prints, or `None` when the bundler ends first. All output goes to the log for as
/// long as the bundler runs.
async fn printed_port(stdout: ChildStdout, mut log: File) -> Option<u16> {
    let (found, port) = oneshot::channel();
    thread::spawn(move || {
        let mut found = Some(found);
        for line in BufReader::new(stdout).lines().map_while(Result::ok) {
            if let Some(port) = line
                .strip_prefix("listening on port ")
                .and_then(|port| port.parse().ok())
            {
                found.take().map(|found| found.send(port));
            }
            let _ = writeln!(log, "{line}");
        }
    });
    port.await.ok()
}
