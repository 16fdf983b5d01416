//! The sources that the files are made of.

use std::{fs, path::Path};

use anyhow::{Context, Result};

/// Reads a file.
///
/// # Errors
/// Fails if the file cannot be read; the error names it.
pub(super) fn read(path: &Path) -> Result<String> {
    fs::read_to_string(path).with_context(|| format!("cannot read {}", path.display()))
}
