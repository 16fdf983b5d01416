//! The process group of all child processes, which ends with this process.

use std::{
    ffi::OsStr,
    os::unix::process::CommandExt,
    process::{self, Child, ChildStdin, Command, Stdio},
    sync::{Arc, Mutex},
    thread,
};

use anyhow::{Context, Result};
use signal_hook::{
    consts::{SIGHUP, SIGINT, SIGTERM},
    iterator::Signals,
};

/// The process group of the children. A small shell leads the group and ends it when a pipe held by this process
/// closes, which the system does even when this process is killed.
#[derive(Clone)]
pub(crate) struct Children {
    group: i32,
    watchdog: Arc<Mutex<Option<(Child, ChildStdin)>>>,
}

impl Children {
    /// Starts the group, and ends it on SIGINT, SIGTERM and SIGHUP.
    pub(crate) fn new() -> Result<Self> {
        let children = Self::unattended()?;
        let on_signal = children.clone();
        let mut signals = Signals::new([SIGINT, SIGTERM, SIGHUP]).context("cannot listen to signals")?;
        thread::spawn(move || {
            if let Some(signal) = signals.forever().next() {
                on_signal.stop();
                process::exit(128 + signal);
            }
        });
        Ok(children)
    }

    fn unattended() -> Result<Self> {
        let mut watchdog = Command::new("sh")
            .args(["-c", include_str!("children.sh"), "use-aa watchdog"])
            .stdin(Stdio::piped())
            .stdout(Stdio::null())
            .stderr(Stdio::null())
            .process_group(0)
            .spawn()
            .context("`sh` does not start: a POSIX shell has to be on the PATH")?;
        let pipe = watchdog.stdin.take().context("the watchdog has no input")?;

        Ok(Self {
            group: watchdog.id().try_into().context("a process id is too large")?,
            watchdog: Arc::new(Mutex::new(Some((watchdog, pipe)))),
        })
    }

    /// Creates a command whose process, with its descendants, belongs to the group.
    pub(crate) fn command(&self, program: impl AsRef<OsStr>) -> Command {
        let mut command = Command::new(program);
        command.process_group(self.group).stdin(Stdio::null());
        command
    }

    /// Ends the group and waits until it has ended.
    pub(crate) fn stop(&self) {
        let Ok(mut watchdog) = self.watchdog.lock() else {
            return;
        };
        if let Some((mut watchdog, pipe)) = watchdog.take() {
            drop(pipe);
            // The watchdog kills itself last, so its exit status carries no information.
            let _ = watchdog.wait();
        }
    }
}

#[cfg(test)]
mod tests {
    use std::{
        io::{BufRead, BufReader},
        os::unix::process::ExitStatusExt,
        process::ChildStdout,
        time::{Duration, Instant},
    };

    use super::*;

    /// Starts a shell with a script, waits for its first line, and returns the rest of its output.
    fn started(children: &Children, script: &str) -> (Child, BufReader<ChildStdout>) {
        let mut command = children.command("sh");
        let mut child = command
            .args(["-c", script])
            .stdout(Stdio::piped())
            .spawn()
            .unwrap();
        let mut output = BufReader::new(child.stdout.take().unwrap());
        output.read_line(&mut String::new()).unwrap();
        (child, output)
    }

    #[test]
    fn stopping_ends_a_child_and_what_the_child_started() {
        let children = Children::unattended().unwrap();
        let (mut child, mut output) = started(&children, "sleep 600 & echo started; wait");

        children.stop();

        // The grandchild holds the pipe open for as long as it lives.
        assert_eq!(output.read_line(&mut String::new()).unwrap(), 0);
        assert_eq!(child.wait().unwrap().signal(), Some(15));
    }

    #[test]
    fn a_child_that_ignores_the_request_is_killed() {
        let children = Children::unattended().unwrap();
        let (mut child, _output) =
            started(&children, "trap '' TERM; echo started; while :; do sleep 1; done");
        let start = Instant::now();

        children.stop();

        assert_eq!(child.wait().unwrap().signal(), Some(9));
        assert!(start.elapsed() < Duration::from_secs(60));
    }

    #[cfg(target_os = "linux")]
    #[test]
    fn a_descendant_that_left_the_group_is_ended_too() {
        let children = Children::unattended().unwrap();
        let (mut child, mut output) = started(&children, "setsid sh -c 'echo started; sleep 600' & wait");

        children.stop();

        assert_eq!(output.read_line(&mut String::new()).unwrap(), 0);
        child.wait().unwrap();
    }
}
