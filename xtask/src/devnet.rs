//! The local chain of `end2end/devnet`, as a child.

use std::{
    io::{BufRead, BufReader},
    process::{Child, Command, Stdio},
    sync::{Arc, Mutex},
    thread::{self, JoinHandle},
    time::{Duration, Instant},
};

use anyhow::{Context, Result, bail};
use serde_json::Value;

use crate::{print, project::Project, tools::announce};

const PATIENCE: Duration = Duration::from_secs(60);
const LAST_WORDS: Duration = Duration::from_secs(2);
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
    complaint: Complaint,
}

/// The last line that a devnet printed on standard error, where it says why it ends.
struct Complaint {
    last: Arc<Mutex<String>>,
    reader: Option<JoinHandle<()>>,
}

/// Builds the devnet's program, which installs the npm packages and compiles its contracts.
pub(crate) fn prepare(project: &Project) -> Result<()> {
    announce("Building the devnet and its contracts");
    project.run(project.command("cargo").args(["build", "--package", "devnet"]))?;
    project.run(program(project).arg("contracts"))
}

/// The devnet's program, which has to be built.
pub(crate) fn program(project: &Project) -> Command {
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
            .stderr(Stdio::piped())
            .spawn()
            .context("the devnet did not start")?;
        let output = process.stdout.take().context("the devnet has no output")?;
        let complaint = Complaint::of(&mut process);

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
            bail!(
                "the devnet ended before it was ready ({status}){}",
                complaint.last()
            );
        };
        Ok(Self {
            url,
            chain_id,
            nft,
            token,
            sponsor,
            funded_keys,
            process,
            complaint,
        })
    }

    /// How the devnet ended, if it has.
    pub(crate) fn ended(&mut self) -> Option<String> {
        let status = self.process.try_wait().ok()??;
        Some(format!("the devnet ended ({status}){}", self.complaint.last()))
    }

    /// Ends the devnet and what it started. One that has ended is no error.
    pub(crate) fn stop(mut self, project: &Project) -> Result<()> {
        if self.ended().is_some() {
            return Ok(());
        }
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

impl Complaint {
    /// Prints what the process prints, from now on.
    fn of(process: &mut Child) -> Self {
        let last = Arc::new(Mutex::new(String::new()));
        let kept = Arc::clone(&last);
        let reader = process.stderr.take().map(|stderr| {
            thread::spawn(move || {
                for line in BufReader::new(stderr).lines().map_while(Result::ok) {
                    print::err(&line);
                    if let Ok(mut last) = kept.lock() {
                        *last = line;
                    }
                }
            })
        });
        Self { last, reader }
    }

    /// The last line of a process that has ended, to stand behind what happened.
    fn last(&self) -> String {
        // What the process started may hold its output open for a moment.
        let deadline = Instant::now() + LAST_WORDS;
        while self.reader.as_ref().is_some_and(|reader| !reader.is_finished()) && Instant::now() < deadline {
            thread::sleep(POLL);
        }
        match self.last.lock() {
            Ok(last) if !last.is_empty() => format!(": {last}"),
            _ => String::new(),
        }
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
    fn the_last_line_of_an_ended_process_says_why() {
        let complain = |script: &str| {
            let mut process = Command::new("sh")
                .args(["-c", script])
                .stderr(Stdio::piped())
                .spawn()
                .unwrap();
            let complaint = Complaint::of(&mut process);
            process.wait().unwrap();
            complaint.last()
        };

        assert_eq!(complain("echo starting >&2; echo 'no anvil' >&2"), ": no anvil");
        assert_eq!(complain("exit 1"), "");
    }

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
