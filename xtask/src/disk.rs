//! Detection of full disks.

use std::{
    env, io,
    path::{Path, PathBuf},
};

use anyhow::Error;

use crate::project::Project;

/// The free space below which a disk counts as full, in kilobytes: too little to compile anything.
const FULL: u64 = 16 * 1024;

/// Returns true if a line of a program's output reports a full disk.
pub(crate) fn is_full(line: &str) -> bool {
    const MESSAGES: [&str; 3] = ["no space left on device", "disk quota exceeded", "enospc"];
    let line = line.to_ascii_lowercase();
    MESSAGES.iter().any(|message| line.contains(message))
}

/// Returns true if a full disk caused the error.
fn is_cause(error: &Error) -> bool {
    let mut causes = error
        .chain()
        .filter_map(|cause| cause.downcast_ref::<io::Error>());
    causes.any(|cause| {
        matches!(
            cause.kind(),
            io::ErrorKind::StorageFull | io::ErrorKind::QuotaExceeded
        )
    }) || is_full(&format!("{error:#}"))
}

/// Returns a one-line message that names the full disk behind an error and the way to free space.
pub(crate) fn diagnose(project: &Project, error: &Error) -> Option<String> {
    let folders = [
        project.target.clone(),
        env::temp_dir(),
        project.cache.clone(),
        project.root.clone(),
    ];
    let free = |folder: &PathBuf| free_kilobytes(project, folder).unwrap_or(u64::MAX);
    let fullest = folders.iter().min_by_key(|folder| free(folder))?;
    let left = free(fullest);
    // The output of some programs is not captured, so the free space counts as well.
    (is_cause(error) || left < FULL).then(|| message(fullest, left / 1024, &project.target))
}

fn message(fullest: &Path, megabytes: u64, target: &Path) -> String {
    let (fullest, target) = (fullest.display(), target.display());
    format!(
        "the disk of {fullest} is full ({megabytes} MB free): free some space (`cargo clean` empties {target}), or name other \
         folders in CARGO_TARGET_DIR, TMPDIR and XDG_CACHE_HOME"
    )
}

fn free_kilobytes(project: &Project, folder: &Path) -> Option<u64> {
    // The folder may be missing because the disk was full.
    let existing = folder.ancestors().find(|folder| folder.is_dir())?;
    let table = project
        .output(project.command("df").arg("-Pk").arg(existing))
        .ok()?;
    available(&table)
}

/// Reads the fourth column of the last line of `df -P`: the available kilobytes.
fn available(table: &str) -> Option<u64> {
    table.lines().last()?.split_whitespace().nth(3)?.parse().ok()
}

#[cfg(test)]
mod tests {
    use anyhow::Context;

    use super::*;

    #[test]
    fn a_full_disk_is_seen_in_the_output_of_each_program() {
        let lines = [
            "error: failed to write target/debug/deps/rmetaX/full.rmeta: No space left on device (os error 28)",
            "LLVM ERROR: IO failure on output stream: No space left on device",
            "npm error code ENOSPC",
            "mkdir: cannot create directory 'a': Disk quota exceeded",
        ];

        for line in lines {
            assert!(is_full(line), "{line}");
        }
        assert!(!is_full("test a_device_with_space_left ... ok"));
    }

    #[test]
    fn a_full_disk_is_seen_in_the_cause_of_an_error() {
        let caused_by = |kind| {
            let outcome: Result<(), _> = Err(io::Error::from(kind));
            outcome.context("cannot write config.json").unwrap_err()
        };

        assert!(is_cause(&caused_by(io::ErrorKind::StorageFull)));
        assert!(!is_cause(&caused_by(io::ErrorKind::PermissionDenied)));
    }

    #[test]
    fn free_space_is_read_from_the_table() {
        let table = "Filesystem     1024-blocks     Used Available Capacity Mounted on\n\
                     tmpfs                65536    65000       536     100% /small\n";

        assert_eq!(available(table), Some(536));
        assert_eq!(available("df: nothing"), None);
    }

    #[test]
    fn the_advice_is_one_line_that_names_the_folder() {
        let text = message(Path::new("/small"), 0, Path::new("/checkout/target"));

        assert!(
            text.starts_with("the disk of /small is full (0 MB free): free some space"),
            "{text}"
        );
        assert!(text.contains("`cargo clean` empties /checkout/target"), "{text}");
        assert_eq!(text.lines().count(), 1);
    }
}
