use std::{
    io::Write,
    os::unix::process::CommandExt,
    path::{Path, PathBuf},
    process::{Child, Command, Stdio},
};

use crate::error::Error;

/// A shell script that reads process ids until the pipe closes, which happens however the writer ends, then kills
/// those processes. An empty line clears the list: the earlier processes have ended, and their ids may be reused.
const WATCH: &str = r#"
trap '' INT TERM HUP
pids=
while read -r pid; do pids="${pid:+$pids $pid}"; done
[ -n "$pids" ] && kill -9 $pids
rm -rf "$1"
"#;

/// A watcher process that kills the child processes and removes a folder when this process ends, even when killed.
#[derive(Debug)]
pub(crate) struct Watchdog {
    watcher: Child,
    folder: PathBuf,
}

impl Watchdog {
    /// Starts the watcher, with a new folder for the logs of the child processes.
    pub(crate) fn start() -> Result<Self, Error> {
        let folder = std::env::temp_dir().join(format!("use-aa-devnet-{}-{}", std::process::id(), serial()));
        std::fs::create_dir_all(&folder).map_err(Error::file(&folder))?;
        let watcher = Command::new("sh")
            .arg("-c")
            .arg(WATCH)
            .arg("watchdog")
            .arg(&folder)
            .stdin(Stdio::piped())
            .stdout(Stdio::null())
            .stderr(Stdio::null())
            // A signal to this process group must not end the watcher.
            .process_group(0)
            .spawn()
            .map_err(Error::run("sh"))?;
        Ok(Self { watcher, folder })
    }

    /// The folder that is removed at the end.
    pub(crate) fn folder(&self) -> &Path {
        &self.folder
    }

    /// Registers `child` to be killed when this process ends.
    pub(crate) fn guard(&mut self, child: &Child) -> Result<(), Error> {
        let pipe = self
            .watcher
            .stdin
            .as_mut()
            .expect("the pipe is open until the watchdog is dropped");
        writeln!(pipe, "{}", child.id()).map_err(Error::run("sh"))
    }

    /// Replaces the list of registered processes with these.
    pub(crate) fn keep(&mut self, alive: &[u32]) {
        let mut lines = "\n".to_owned();
        lines.extend(alive.iter().map(|id| format!("{id}\n")));
        if let Some(pipe) = &mut self.watcher.stdin {
            // A single write, so the list is never incomplete in between. Without a watcher there is nothing to update.
            let _ = pipe.write_all(lines.as_bytes());
        }
    }
}

impl Drop for Watchdog {
    fn drop(&mut self) {
        drop(self.watcher.stdin.take());
        let _ = self.watcher.wait();
    }
}

/// A child process that is killed when the value is dropped.
#[derive(Debug)]
pub(crate) struct Process(pub(crate) Child);

impl Drop for Process {
    fn drop(&mut self) {
        let _ = self.0.kill();
        let _ = self.0.wait();
    }
}

fn serial() -> u32 {
    use std::sync::atomic::{AtomicU32, Ordering};
    static NEXT: AtomicU32 = AtomicU32::new(0);
    NEXT.fetch_add(1, Ordering::Relaxed)
}

/// Returns the last non-empty line of a log.
pub(crate) fn last_line_of(log: &Path) -> String {
    let text = std::fs::read_to_string(log).unwrap_or_default();
    let last = text.lines().map(str::trim).rfind(|line| !line.is_empty());
    last.unwrap_or("it has printed nothing").to_owned()
}

/// Returns the last ten lines of a log.
pub(crate) fn end_of(log: &Path) -> String {
    let text = std::fs::read_to_string(log).unwrap_or_default();
    let lines: Vec<_> = text.lines().collect();
    lines[lines.len().saturating_sub(10)..].join("\n")
}
