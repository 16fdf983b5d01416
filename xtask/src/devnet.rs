//! The local chain of `end2end/devnet`, as a child process.

use std::{
    io::{BufRead, BufReader},
    process::{Child, Command, Stdio},
    sync::{Arc, Mutex},
    thread::{self, JoinHandle},
    time::{Duration, Instant},
};

use anyhow::{Context, Result, bail};
use serde_json::Value;

use crate::{print, project::Project};

const PATIENCE: Duration = Duration::from_secs(60);
const LAST_WORDS: Duration = Duration::from_secs(2);
const POLL: Duration = Duration::from_millis(50);

/// A running devnet.
pub(crate) struct Devnet {
    /// The base URL of its services.
    pub(crate) url: String,
    /// The chain id.
    pub(crate) chain_id: u64,
    /// The address of the sample NFT.
    pub(crate) nft: String,
    /// The address of the ERC-20 fee token.
    pub(crate) token: String,
    /// The address of the sponsoring paymaster.
    pub(crate) sponsor: String,
    /// Private keys of funded accounts, worthless on any other chain.
    pub(crate) funded_keys: Vec<String>,
    process: Child,
    complaint: Complaint,
}

/// The last line that a devnet printed on standard error, which holds the reason for its end.
struct Complaint {
    last: Arc<Mutex<String>>,
    reader: Option<JoinHandle<()>>,
}

/// Builds the devnet's program, installs the npm packages and compiles the contracts.
pub(crate) fn prepare(project: &Project) -> Result<()> {
    print::announce("Building the devnet and its contracts");
    project.run(project.command("cargo").args(["build", "--package", "devnet"]))?;
    project.run(program(project).arg("contracts"))
}

/// Creates a command for the devnet's program, which must be built.
pub(crate) fn program(project: &Project) -> Command {
    project.command(project.target.join("debug/devnet"))
}

impl Devnet {
    /// Starts a devnet on the port, 0 for any, and waits until the devnet is ready.
    ///
    /// # Errors
    /// Fails if the devnet ends before that; the error has the last line of its standard error.
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
        // Later output is discarded, but must be read: the devnet would block on a full pipe.
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

    /// Returns the exit status and the last line of a devnet that has ended.
    pub(crate) fn ended(&mut self) -> Option<String> {
        let status = self.process.try_wait().ok()??;
        Some(format!("the devnet ended ({status}){}", self.complaint.last()))
    }

    /// Ends the devnet and its child processes. A devnet that has ended already is no error.
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
    /// Forwards the standard error of the process, and keeps the last line.
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

    /// Returns the last line of a process that has ended, formatted as a suffix for an error message.
    fn last(&self) -> String {
        // A descendant of the process may hold its output open for a moment.
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

/// The line of JSON that a devnet prints when it is ready.
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
