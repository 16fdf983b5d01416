use std::{
    io::Write,
    os::unix::process::CommandExt,
    path::{Path, PathBuf},
    process::{Child, Command, Stdio},
};

use crate::Error;

/// Reads process ids until the pipe closes, as it does when the writer ends by whatever cause, then ends them. An
/// empty line says that those so far have ended, and that others may have their ids now.
const WATCH: &str = r#"
trap '' INT TERM HUP
pids=
while read -r pid; do pids="${pid:+$pids $pid}"; done
[ -n "$pids" ] && kill -9 $pids
rm -rf "$1"
"#;

/// Ends child processes and removes a folder when this process ends, also when it is killed.
#[derive(Debug)]
pub(crate) struct Watchdog {
    watcher: Child,
    folder: PathBuf,
}

impl Watchdog {
    /// Watches over a new folder for the logs of the children.
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
            // Whoever ends our whole group must not end the watcher with it.
            .process_group(0)
            .spawn()
            .map_err(Error::run("sh"))?;
        Ok(Self { watcher, folder })
    }

    /// The folder that is removed at the end.
    pub(crate) fn folder(&self) -> &Path {
        &self.folder
    }

    /// Ends `child` when this process ends.
    pub(crate) fn guard(&mut self, child: &Child) -> Result<(), Error> {
        let pipe = self
            .watcher
            .stdin
            .as_mut()
            .expect("the pipe is open until the watchdog is dropped");
        writeln!(pipe, "{}", child.id()).map_err(Error::run("sh"))
    }

    /// The children so far have ended, but for these.
    pub(crate) fn keep(&mut self, alive: &[u32]) {
        let mut lines = "\n".to_owned();
        lines.extend(alive.iter().map(|id| format!("{id}\n")));
        if let Some(pipe) = &mut self.watcher.stdin {
            // In one go: nobody is forgotten in between. A watchdog that is gone ends nobody either.
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

/// A child process that ends with its owner.
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

/// The last line of a log that says anything.
pub(crate) fn last_line_of(log: &Path) -> String {
    let text = std::fs::read_to_string(log).unwrap_or_default();
    let last = text.lines().map(str::trim).rfind(|line| !line.is_empty());
    last.unwrap_or("it has printed nothing").to_owned()
}

/// The last lines of a log.
pub(crate) fn end_of(log: &Path) -> String {
    let text = std::fs::read_to_string(log).unwrap_or_default();
    let lines: Vec<_> = text.lines().collect();
    lines[lines.len().saturating_sub(10)..].join("\n")
}
