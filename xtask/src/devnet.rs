//! The local chain of `end2end/devnet`, as a child.

use std::{
    io::{BufRead, BufReader},
    process::{Child, Command, Stdio},
    thread,
    time::{Duration, Instant},
};

use anyhow::{Context, Result, bail};
use serde_json::Value;

use crate::{project::Project, tools::announce};

const PATIENCE: Duration = Duration::from_secs(60);
const POLL: Duration = Duration::from_millis(50);

/// A devnet that answers.
pub(crate) struct Devnet {
    /// Where it is served.
    pub(crate) url: String,
    /// The chain's id.
    pub(crate) chain_id: u64,
    /// The address of the sample NFT.
    pub(crate) nft: String,
    /// The address of the token that pays for gas.
    pub(crate) token: String,
    /// The address of the contract that sponsors operations.
    pub(crate) sponsor: String,
    /// Private keys of accounts with funds, worthless on any other chain.
    pub(crate) funded_keys: Vec<String>,
    process: Child,
}

/// Builds the devnet's program, which installs the npm packages and compiles its contracts.
pub(crate) fn prepare(project: &Project) -> Result<()> {
    announce("Building the devnet and its contracts");
    project.run(project.command("cargo").args(["build", "--package", "devnet"]))?;
    project.run(program(project).arg("contracts"))
}

fn program(project: &Project) -> Command {
    project.command(project.target.join("debug/devnet"))
}

impl Devnet {
    /// Starts a devnet on the port, 0 for any, and returns when it is ready.
    ///
    /// # Errors
    /// When it ends before that; it has said why on standard error.
    pub(crate) fn start(project: &Project, port: u16) -> Result<Self> {
        let mut process = program(project)
            .args(["--port", &port.to_string()])
            .stdout(Stdio::piped())
            .spawn()
            .context("the devnet did not start")?;
        let output = process.stdout.take().context("the devnet has no output")?;

        let mut lines = BufReader::new(output).lines();
        let ready = lines
            .by_ref()
            .map_while(Result::ok)
            .find_map(|line| Ready::parse(&line));
        // What it prints from now on is nobody's, but it must not block on a full pipe.
        thread::spawn(move || lines.for_each(drop));

        let Some(Ready {
            url,
            chain_id,
            nft,
            token,
            sponsor,
            funded_keys,
        }) = ready
        else {
            let status = process.wait().context("the devnet is lost")?;
            bail!("the devnet ended before it was ready ({status}), see its output above");
        };
        Ok(Self {
            url,
            chain_id,
            nft,
            token,
            sponsor,
            funded_keys,
            process,
        })
    }

    /// How the devnet ended, if it has.
    pub(crate) fn ended(&mut self) -> Option<String> {
        let status = self.process.try_wait().ok()??;
        Some(format!("the devnet ended ({status}), see its output above"))
    }

    /// Ends the devnet and what it started.
    pub(crate) fn stop(mut self, project: &Project) -> Result<()> {
        project.run(project.command("kill").arg(self.process.id().to_string()))?;
        let deadline = Instant::now() + PATIENCE;
        while self.process.try_wait().context("the devnet is lost")?.is_none() {
            if Instant::now() > deadline {
                self.process.kill().context("the devnet cannot be ended")?;
                bail!("the devnet did not end when asked to");
            }
            thread::sleep(POLL);
        }
        Ok(())
    }
}

/// The line a devnet prints once it answers.
#[derive(Debug, PartialEq)]
struct Ready {
    url: String,
    chain_id: u64,
    nft: String,
    token: String,
    sponsor: String,
    funded_keys: Vec<String>,
}

impl Ready {
    fn parse(line: &str) -> Option<Self> {
        let line: Value = serde_json::from_str(line).ok()?;
        if line["ready"] != true {
            return None;
        }
        Some(Self {
            url: line["url"].as_str()?.trim_end_matches('/').to_owned(),
            chain_id: line["chain_id"].as_u64()?,
            nft: line["contracts"]["nft"].as_str()?.to_owned(),
            token: line["contracts"]["token"].as_str()?.to_owned(),
            sponsor: line["contracts"]["sponsorPaymaster"].as_str()?.to_owned(),
            funded_keys: line["funded_keys"]
                .as_array()?
                .iter()
                .map(|key| key.as_str().map(str::to_owned))
                .collect::<Option<_>>()?,
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_ready_line_is_told_from_other_output() {
        let line = r#"{"ready":true,"url":"http://127.0.0.1:8545/","chain_id":80002,
            "contracts":{"nft":"0x1758f42Af7026fBbB559Dc60EcE0De3ef81f665e",
            "token":"0xfee0000000000000000000000000000000000006",
            "sponsorPaymaster":"0x69dab82B4f190b78773Ac32f39a19f7a40acE9C4"},"funded_keys":["0x01"]}"#;

        assert_eq!(Ready::parse("compiling the contracts"), None);
        assert_eq!(Ready::parse(r#"{"ready":false}"#), None);
        assert_eq!(
            Ready::parse(line),
            Some(Ready {
                url: "http://127.0.0.1:8545".to_owned(),
                chain_id: 80002,
                nft: "0x1758f42Af7026fBbB559Dc60EcE0De3ef81f665e".to_owned(),
                token: "0xfee0000000000000000000000000000000000006".to_owned(),
                sponsor: "0x69dab82B4f190b78773Ac32f39a19f7a40acE9C4".to_owned(),
                funded_keys: vec!["0x01".to_owned()],
            })
        );
    }
}
