use std::{fs::File, io, path::PathBuf, thread};

use alloy::node_bindings::{Anvil, AnvilInstance};

use crate::{
    Error,
    jsonrpc::Upstream,
    npm,
    processes::{Watchdog, end_of},
};

/// The chain that Biconomy's test network has.
pub(crate) const ID: u64 = 80002;

/// A running chain, which ends with this.
#[derive(Debug)]
pub(crate) struct Chain {
    pub(crate) node: Upstream,
    anvil: AnvilInstance,
    log: PathBuf,
}

impl Chain {
    pub(crate) fn start(http: reqwest::Client, id: u64, watchdog: &mut Watchdog) -> Result<Self, Error> {
        let mut anvil = Anvil::at(program()?)
            .host("127.0.0.1")
            .port(0u16)
            .chain_id(id)
            .arg("--hardfork")
            .arg("prague")
            .keep_stdout()
            .try_spawn()?;
        watchdog.guard(anvil.child())?;

        let path = watchdog.folder().join("anvil.log");
        let mut log = File::create(&path).map_err(Error::file(&path))?;
        if let Some(mut stdout) = anvil.child_mut().stdout.take() {
            // Anvil stops when nobody reads what it prints.
            thread::spawn(move || io::copy(&mut stdout, &mut log));
        }
        Ok(Self {
            node: Upstream::new(http, "chain", anvil.port()),
            anvil,
            log: path,
        })
    }

    /// Why it does not run any more, if it does not.
    pub(crate) fn ended(&mut self) -> Option<Error> {
        let _status = self.anvil.child_mut().try_wait().ok()??;
        Some(Error::PartEnded {
            part: "chain",
            output: end_of(&self.log),
        })
    }
}

/// The binary of the package for this platform: the one behind `anvil` is a script that would outlive us.
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
