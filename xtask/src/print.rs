//! Printing that does not panic.

use std::{
    fmt,
    io::{self, Write},
    process,
};

/// Prints a line on standard output. Exits the process if that fails: the reader is gone, or the disk is full.
pub(crate) fn out(line: impl fmt::Display) {
    if let Err(error) = writeln!(io::stdout(), "{line}") {
        err(format_args!("error: standard output takes no more: {error}"));
        // The children end with this process.
        process::exit(1);
    }
}

/// Announces a step that may take long.
pub(crate) fn announce(what: &str) {
    err(format_args!("\n==> {what}"));
}

/// Prints a line on standard error. Failures are ignored.
pub(crate) fn err(line: impl fmt::Display) {
    if cfg!(test) {
        // Captured in tests, so the output of a test is not mistaken for that of the whole run.
        eprintln!("{line}");
        return;
    }
    let _ = writeln!(io::stderr(), "{line}");
}
