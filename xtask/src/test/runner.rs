//! Runs commands whose output counts tests.

use std::{
    io::{BufRead, BufReader},
    process::{Child, Command, Stdio},
    sync::mpsc::{self, RecvTimeoutError},
    thread,
    time::Duration,
};

use anyhow::{Context, Result};

use super::Tally;
use crate::{devnet::Devnet, project::Project, setup};

/// Longer than compiling everything takes on a small machine.
const SILENCE: Duration = Duration::from_secs(20 * 60);

/// Runs a check that is no test.
pub(super) fn check(project: &Project, command: &mut Command) -> Tally {
    match project.run(command) {
        Ok(()) => Tally::default(),
        Err(error) => {
            eprintln!("error: {error:#}");
            Tally::failure()
        }
    }
}

/// Runs tests, shows what they print, and counts them with `count`.
///
/// Not one test is a failure, for then nothing was shown; so is a runner that fails without naming
/// a test.
pub(super) fn tests(command: &mut Command, count: impl FnOnce(&str) -> Tally) -> Result<Tally> {
    let mut child = command
        .stdout(Stdio::piped())
        .spawn()
        .with_context(|| format!("{} did not start", command.get_program().display()))?;
    let output = show(&mut child)?;
    let status = child.wait().context("the test runner is lost")?;

    let tally = count(&output);
    if !status.success() && tally.holds() {
        eprintln!("error: the test runner failed ({status})");
        return Ok(tally + Tally::failure());
    }
    if tally.passed + tally.failed == 0 {
        eprintln!("error: not one test ran");
        return Ok(Tally::failure());
    }
    Ok(tally)
}

/// Prints what the child prints, and returns it all. A child that hangs is killed.
fn show(child: &mut Child) -> Result<String> {
    let stdout = child.stdout.take().context("the test runner has no output")?;
    let (sender, lines) = mpsc::channel();
    thread::spawn(move || {
        let lines = BufReader::new(stdout).split(b'\n').map_while(Result::ok);
        lines
            .map(|line| sender.send(line))
            .take_while(Result::is_ok)
            .for_each(drop);
    });

    let mut output = String::new();
    loop {
        match lines.recv_timeout(SILENCE) {
            Ok(line) => {
                let line = String::from_utf8_lossy(&line);
                println!("{line}");
                output += &line;
                output.push('\n');
            }
            Err(RecvTimeoutError::Disconnected) => return Ok(output),
            Err(RecvTimeoutError::Timeout) => {
                let minutes = SILENCE.as_secs() / 60;
                eprintln!("error: the test runner was silent for {minutes} minutes and is killed");
                child.kill().context("the test runner cannot be ended")?;
                return Ok(output);
            }
        }
    }
}

/// Runs `cargo test` and counts what its runners report.
pub(super) fn cargo_test(command: &mut Command, args: &[String]) -> Result<Tally> {
    tests(command.arg("--").args(args), Tally::of_cargo)
}

/// Does something with a fresh devnet's URL in reach.
pub(super) fn with_devnet(project: &Project, act: impl FnOnce(&Devnet) -> Result<Tally>) -> Result<Tally> {
    setup::chain(project)?;
    let devnet = Devnet::start(project, 0)?;
    let outcome = act(&devnet);
    devnet.stop(project)?;
    outcome
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_runner_that_runs_nothing_or_fails_without_a_reason_has_failed() {
        let run = |script: &str| tests(Command::new("sh").args(["-c", script]), Tally::of_last_line).unwrap();

        assert_eq!(
            run("echo 2 passed, 0 failed"),
            Tally {
                passed: 2,
                failed: 0,
                ignored: 0
            }
        );
        assert_eq!(
            run("echo 2 passed, 1 failed; exit 1"),
            Tally {
                passed: 2,
                failed: 1,
                ignored: 0
            }
        );
        assert_eq!(
            run("echo 2 passed, 0 failed; exit 1"),
            Tally {
                passed: 2,
                failed: 1,
                ignored: 0
            }
        );
        assert_eq!(run("true"), Tally::failure());
        assert_eq!(run("exit 1"), Tally::failure());
    }
}
