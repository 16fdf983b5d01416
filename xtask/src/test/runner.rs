//! Runs commands, forwards their output, and detects why a run cannot continue.

use std::{
    env,
    io::{self, BufRead, BufReader, IsTerminal, Read},
    process::{Child, Command, ExitStatus, Stdio},
    sync::mpsc::{self, RecvTimeoutError, Sender},
    thread,
    time::{Duration, Instant},
};

use anyhow::{Context, Result};

use super::tally::Tally;
use crate::{disk, print, project::describe};

/// The time without output after which a command counts as hung, 20 minutes: more than a full compilation takes on a
/// small machine.
const SILENCE: Duration = Duration::from_secs(20 * 60);
/// The environment variable for cargo's colours.
const COLOR: &str = "CARGO_TERM_COLOR";
/// The interval of checks on the devnets.
const POLL: Duration = Duration::from_millis(250);

/// An error that ends a run of tests before its last step.
#[derive(Debug)]
pub(super) enum Fatal {
    /// A process that the tests need has ended, with this message.
    Ended(String),
    /// A program reported a full disk.
    DiskFull,
}

impl std::fmt::Display for Fatal {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Self::Ended(what) => f.write_str(what),
            Self::DiskFull => f.write_str("no space left on device"),
        }
    }
}

impl std::error::Error for Fatal {}

/// The output and exit status of a command.
pub(super) struct Finished {
    /// The standard output.
    pub(super) output: String,
    /// The time at which the command printed that its first test starts.
    pub(super) first_test: Option<Instant>,
    /// The exit status.
    pub(super) status: ExitStatus,
}

impl Finished {
    /// Counts the tests. A runner that fails without a failed test counts as a failure.
    pub(super) fn tally(&self, count: impl FnOnce(&str) -> Tally) -> Tally {
        let tally = count(&self.output);
        if !self.status.success() && tally.holds() {
            print::err(format_args!("error: the test runner failed ({})", self.status));
            return tally + Tally::failure();
        }
        tally
    }
}

/// Turns a tally without tests into a failure.
pub(super) fn at_least_one(tally: Tally) -> Tally {
    if tally.passed + tally.failed == 0 {
        print::err("error: not one test ran");
        return Tally::failure();
    }
    tally
}

/// Runs a command to its end and forwards its output.
///
/// # Errors
/// Fails if the command does not start, if `ended` returns a message about a required process, and if the command fails
/// because of a full disk. A failure for another reason is reported in the exit status.
pub(super) fn run(command: &mut Command, ended: impl FnMut() -> Option<String>) -> Result<Finished> {
    let name = describe(command);
    // Forwarded output keeps its colours.
    if io::stderr().is_terminal() && env::var_os(COLOR).is_none() {
        command.env(COLOR, "always");
    }
    let mut child = command
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .with_context(|| format!("`{name}` did not start"))?;
    let Shown {
        output,
        first_test,
        disk_full,
    } = show(&mut child, ended)?;
    let status = child.wait().with_context(|| format!("`{name}` is lost"))?;
    if disk_full && !status.success() {
        return Err(Fatal::DiskFull.into());
    }
    Ok(Finished {
        output,
        first_test,
        status,
    })
}

#[derive(Default)]
struct Shown {
    output: String,
    first_test: Option<Instant>,
    disk_full: bool,
}

enum Line {
    Output(String),
    Error(String),
}

/// Forwards the output of the child until it closes. A child without output for [`SILENCE`] is killed.
fn show(child: &mut Child, mut ended: impl FnMut() -> Option<String>) -> Result<Shown> {
    let (sender, lines) = mpsc::channel();
    if let Some(stdout) = child.stdout.take() {
        forward(stdout, Line::Output, sender.clone());
    }
    if let Some(stderr) = child.stderr.take() {
        forward(stderr, Line::Error, sender);
    }

    let mut shown = Shown::default();
    let mut heard = Instant::now();
    loop {
        match lines.recv_timeout(POLL) {
            Ok(line) => {
                heard = Instant::now();
                shown.add(line);
            }
            Err(RecvTimeoutError::Disconnected) => return Ok(shown),
            Err(RecvTimeoutError::Timeout) if heard.elapsed() > SILENCE => {
                let minutes = SILENCE.as_secs() / 60;
                print::err(format_args!(
                    "error: the test runner was silent for {minutes} minutes and is killed"
                ));
                child.kill().context("the test runner cannot be ended")?;
                return Ok(shown);
            }
            Err(RecvTimeoutError::Timeout) => {}
        }
        if let Some(what) = ended() {
            // The child's own children end with this process.
            child.kill().context("the test runner cannot be ended")?;
            return Err(Fatal::Ended(what).into());
        }
    }
}

impl Shown {
    fn add(&mut self, line: Line) {
        match line {
            Line::Output(line) => {
                print::out(&line);
                if self.first_test.is_none() && starts_tests(&line) {
                    self.first_test = Some(Instant::now());
                }
                self.disk_full |= disk::is_full(&line);
                self.output += &line;
                self.output.push('\n');
            }
            Line::Error(line) => {
                print::err(&line);
                self.disk_full |= disk::is_full(&line);
            }
        }
    }
}

/// Returns true if a test runner reports with this line that its tests start.
fn starts_tests(line: &str) -> bool {
    let counted = line
        .strip_prefix("running ")
        .or_else(|| line.strip_prefix("Running "));
    counted.is_some_and(|counted| counted.starts_with(|c: char| c.is_ascii_digit()))
}

fn forward(stream: impl Read + Send + 'static, line: fn(String) -> Line, sender: Sender<Line>) {
    thread::spawn(move || {
        let lines = BufReader::new(stream).split(b'\n').map_while(Result::ok);
        lines
            .map(|text| sender.send(line(String::from_utf8_lossy(&text).into_owned())))
            .take_while(Result::is_ok)
            .for_each(drop);
    });
}

#[cfg(test)]
mod tests {
    use super::*;

    fn shell(script: &str) -> Command {
        let mut command = Command::new("sh");
        command.args(["-c", script]);
        command
    }

    fn tally(passed: u64, failed: u64) -> Tally {
        Tally {
            passed,
            failed,
            ignored: 0,
        }
    }

    #[test]
    fn a_runner_that_runs_nothing_or_fails_without_a_reason_has_failed() {
        let table = [
            ("echo 2 passed, 0 failed", tally(2, 0)),
            ("echo 2 passed, 1 failed; exit 1", tally(2, 1)),
            ("echo 2 passed, 0 failed; exit 1", tally(2, 1)),
            ("true", Tally::failure()),
            ("exit 1", Tally::failure()),
        ];

        for (script, expected) in table {
            let finished = run(&mut shell(script), || None).unwrap();
            assert_eq!(
                at_least_one(finished.tally(Tally::of_last_line)),
                expected,
                "{script}"
            );
        }
    }

    #[test]
    fn a_runner_is_ended_as_soon_as_what_it_needs_has_ended() {
        let mut looks = 0;
        let ended = || {
            looks += 1;
            (looks == 2).then(|| "the devnet ended".to_owned())
        };

        let error = run(&mut shell("exec sleep 600"), ended).err().unwrap();

        assert_eq!(error.to_string(), "the devnet ended");
        assert!(error.is::<Fatal>());
    }

    #[test]
    fn a_full_disk_is_told_from_another_failure() {
        let full = run(
            &mut shell("echo 'write: No space left on device' >&2; exit 1"),
            || None,
        );
        let survived = run(&mut shell("echo 'write: No space left on device' >&2"), || None);

        assert!(matches!(
            full.err().unwrap().downcast_ref(),
            Some(Fatal::DiskFull)
        ));
        assert!(survived.unwrap().status.success());
    }

    #[test]
    fn the_first_test_is_noted() {
        let table = [
            ("echo Compiling; echo 'running 12 tests'", true),
            ("echo 'Running 207 tests using 2 workers'", true),
            ("echo '     Running unittests src/lib.rs'", false),
            ("echo 'running late'", false),
        ];

        for (script, starts) in table {
            let finished = run(&mut shell(script), || None).unwrap();
            assert_eq!(finished.first_test.is_some(), starts, "{script}");
        }
    }
}
