//! Printing that does not panic.

use std::{
    fmt,
    io::{self, Write},
    process,
};

/// Prints a line on standard output. The run ends when that cannot be: its reader went, or its disk is full.
pub(crate) fn out(line: impl fmt::Display) {
    if let Err(error) = writeln!(io::stdout(), "{line}") {
        err(format_args!("error: standard output takes no more: {error}"));
        // The children end with us.
        process::exit(1);
    }
}

/// Prints a line on standard error. What that does not take is lost.
pub(crate) fn err(line: impl fmt::Display) {
    if cfg!(test) {
        // What a test prints must not look like what happens to the run of all tests.
        eprintln!("{line}");
        return;
    }
    let _ = writeln!(io::stderr(), "{line}");
}
