//! The sizes of the pages that are built for nothing else.

use anyhow::Result;

use super::{run::Run, tally::Tally};
use crate::{acts, print, size};

/// Compares the smallest page of each act, and the smallest example, with their budgets.
pub(super) fn weights(run: &mut Run<'_>) -> Result<Tally> {
    let exceeded = [acts::measure(run.project)?, size::smallest(run.project)?].concat();
    if exceeded.is_empty() {
        return Ok(Tally::default());
    }
    print::err(format_args!(
        "error: {}; `cargo xtask size --since main --page PAGE` lists the functions that grew",
        exceeded.join("; ")
    ));
    Ok(Tally::failure())
}
