use std::{fs, path::PathBuf};

use anyhow::{Context, Result};

use crate::project::Project;

/// Returns an empty folder, without the results of an earlier run.
pub(super) fn empty_folder(project: &Project, name: &str) -> Result<PathBuf> {
    let folder = project.scratch("bench")?.join(name);
    if folder.exists() {
        fs::remove_dir_all(&folder).with_context(|| format!("cannot remove {}", folder.display()))?;
    }
    fs::create_dir_all(&folder).with_context(|| format!("cannot create {}", folder.display()))?;
    Ok(folder)
}

/// Formats a number with three significant digits, or with thousands separators.
pub(super) fn number(number: f64) -> String {
    if number < 100.0 {
        return format!("{number:.1}");
    }
    let digits = format!("{number:.0}");
    let mut shown = String::new();
    for (place, digit) in digits.chars().enumerate() {
        if place > 0 && (digits.len() - place).is_multiple_of(3) {
            shown.push(',');
        }
        shown.push(digit);
    }
    shown
}
