//! The sizes of the pages that are built for nothing else.

use anyhow::Result;

use super::{run::Run, tally::Tally};
use crate::{acts, print, size};

/// Compares the smallest page of each act, and the smallest example, with their budgets.
pub(super) fn weights(run: &mut Run<'_>) -> Result<Tally> {
    Ok(within_budget(
        &[acts::measure(run.project)?, size::smallest(run.project)?].concat(),
    ))
}

/// Prints the sentences about pages above their budgets. Any is a failure.
pub(super) fn within_budget(exceeded: &[String]) -> Tally {
    if exceeded.is_empty() {
        return Tally::default();
    }
    print::err(format_args!(
        "error: {}; `cargo xtask size --since main --page PAGE` lists the functions of an act's page that grew",
        exceeded.join("; ")
    ));
    Tally::failure()
}
