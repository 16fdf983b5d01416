use std::{
    fs::OpenOptions,
    io,
    path::PathBuf,
    thread,
    time::{SystemTime, UNIX_EPOCH},
};

use alloy::{
    node_bindings::{Anvil, AnvilInstance},
    primitives::U64,
};
use serde_json::{Value, json};

use crate::{
    error::Error,
    jsonrpc::{RpcError, Upstream},
    npm,
    processes::{Watchdog, last_line_of},
};

/// The chain id of Biconomy's test network (Polygon Amoy).
pub(crate) const ID: u64 = 80002;

/// A running anvil chain. Dropping the value kills the process.
#[derive(Debug)]
pub(crate) struct Chain {
    pub(crate) node: Upstream,
    anvil: AnvilInstance,
    log: PathBuf,
}

impl Chain {
    /// Starts a new chain, on any free port when `port` is 0.
    pub(crate) fn start(
        http: reqwest::Client,
        id: u64,
        port: u16,
        watchdog: &mut Watchdog,
    ) -> Result<Self, Error> {
        let mut anvil = Anvil::at(program()?)
            .host("127.0.0.1")
            .port(port)
            .chain_id(id)
            .arg("--hardfork")
            .arg("prague")
            // A call without a limit gets that of a block: an estimate that creates an account and enables a session of
            // several policies tries its validation a dozen times in one call.
            .arg("--gas-limit")
            .arg("100000000")
            // The states of former blocks would stay in the user's home, gigabytes in a day.
            .arg("--cache-path")
            .arg(watchdog.folder())
            // A saved state must fit into one request when it is loaded.
            .arg("--no-request-size-limit")
            .keep_stdout()
            .try_spawn()?;
        watchdog.guard(anvil.child())?;

        let path = watchdog.folder().join("anvil.log");
        let log = OpenOptions::new().create(true).append(true).open(&path);
        let mut log = log.map_err(Error::file(&path))?;
        if let Some(mut stdout) = anvil.child_mut().stdout.take() {
            // Anvil blocks when its output is not read.
            thread::spawn(move || io::copy(&mut stdout, &mut log));
        }
        Ok(Self {
            node: Upstream::new(http, "chain", anvil.port()),
            anvil,
            log: path,
        })
    }

    pub(crate) fn id(&self) -> u32 {
        self.anvil.child().id()
    }

    pub(crate) fn port(&self) -> u16 {
        self.anvil.port()
    }

    /// Returns the blocks and the state of the chain.
    async fn save(&self) -> Result<Value, Error> {
        self.ask("to save its state", "anvil_dumpState", json!([])).await
    }

    /// Stops mining, then returns the blocks and the state. Everything that a client has seen is in the saved state.
    pub(crate) async fn save_last(&self) -> Result<Value, Error> {
        let stop = self.ask("to make no more blocks", "evm_setAutomine", json!([false]));
        stop.await?;
        loop {
            let before = self.height().await?;
            let saved = self.save().await?;
            // A block may have been in progress.
            if self.height().await? == before {
                return Ok(saved);
            }
        }
    }

    /// Loads the blocks and the state that another chain has saved.
    pub(crate) async fn load(&self, saved: &Value) -> Result<(), Error> {
        let load = self.ask("to load its state", "anvil_loadState", json!([saved]));
        load.await.map(drop)
    }

    pub(crate) async fn height(&self) -> Result<u64, Error> {
        let number = self.ask("to count blocks", "eth_blockNumber", json!([])).await?;
        let number = serde_json::from_value::<U64>(number).unwrap_or_default();
        Ok(number.to())
    }

    /// Replaces the latest blocks with empty ones.
    pub(crate) async fn reorg(&self, blocks: u64, clock: i64) -> Result<(), Error> {
        self.ask("to drop blocks", "anvil_reorg", json!([blocks, []]))
            .await?;
        self.set_time(clock).await
    }

    /// Sets the offset of block timestamps from this machine's clock, in seconds, and mines a block with the new time.
    pub(crate) async fn set_clock(&self, clock: i64) -> Result<(), Error> {
        self.set_time(clock).await?;
        self.ask("to make a block", "evm_mine", json!([])).await.map(drop)
    }

    /// Mines a block if the chain is still at a height, unless a client has turned mining off.
    pub(crate) async fn mine_above(&self, height: u64) -> Result<(), Error> {
        let mines = self
            .ask("to read its settings", "anvil_getAutomine", json!([]))
            .await?;
        if mines == json!(true) && self.height().await? == height {
            self.ask("to make a block", "evm_mine", json!([])).await?;
        }
        Ok(())
    }

    async fn set_time(&self, clock: i64) -> Result<(), Error> {
        let now = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default();
        let time = now.as_secs().saturating_add_signed(clock);
        let set = self.ask("to set its time", "anvil_setTime", json!([time]));
        set.await.map(drop)
    }

    async fn ask(&self, step: &str, method: &str, params: Value) -> Result<Value, Error> {
        let answer = self.node.call(method, params).await;
        answer.map_err(|RpcError { message, .. }| Error::Chain {
            step: step.to_owned(),
            message,
        })
    }

    /// Kills the process immediately.
    pub(crate) fn kill(mut self) {
        let child = self.anvil.child_mut();
        let _ = child.kill();
        let _ = child.wait();
    }

    /// Returns the error of a chain that has ended.
    pub(crate) fn ended(&mut self) -> Option<Error> {
        let _status = self.anvil.child_mut().try_wait().ok()??;
        Some(Error::PartEnded {
            part: "chain",
            output: last_line_of(&self.log),
        })
    }
}

/// Returns the binary of the npm package for this platform. The package's `anvil` is a script that would outlive this
/// process.
fn program() -> Result<PathBuf, Error> {
    let system = match std::env::consts::OS {
        "macos" => "darwin",
        "windows" => "win32",
        other => other,
    };
    let machine = match std::env::consts::ARCH {
        "x86_64" => "amd64",
        "aarch64" => "arm64",
        other => other,
    };
    let path = npm::file(&format!("@foundry-rs/anvil-{system}-{machine}/bin/anvil"));
    if path.is_file() {
        return Ok(path);
    }
    Err(Error::MissingProgram {
        program: "anvil".to_owned(),
        cure: "npm ci --prefix end2end",
    })
}
