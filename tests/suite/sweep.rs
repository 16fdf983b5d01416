//! Faults at every request of every act, one and two in sequence, against in-memory services in paused time.
//!
//! Each row is an act with the services of one dialect and its faults, such as
//! `biconomy mint 0:bundler.eth_sendUserOperation.0=twice`: in step 0, at the first `eth_sendUserOperation`. A trailing
//! star means that later calls of the method in this step fail as well. `SWEEP_ROW` runs a single row by its name;
//! `--nocapture` shows its steps.

mod act;
mod blow;
mod canonical;
mod explore;
mod fields;
mod kinds;
mod trial;

use std::env;

use self::{act::Act, explore::Sweep};
use crate::world::Dialect;

/// Runs all acts with the services of one dialect sequentially: the tests on the chain need the other cores.
fn sweep(dialect: Dialect) {
    let row = env::var("SWEEP_ROW").ok();
    let wrongs = Act::ALL.into_iter().flat_map(|act| {
        let sweep = Sweep::of(act, dialect);
        let sweep = sweep.unwrap_or_else(|error| panic!("an account before {dialect:?} {act}: {error}"));
        sweep.run(row.as_deref())
    });
    let wrongs = wrongs.collect::<Vec<_>>();
    assert!(
        wrongs.is_empty(),
        "{} rows are wrong:\n{}",
        wrongs.len(),
        wrongs.join("\n")
    );
}

#[test]
fn standard() {
    sweep(Dialect::Standard);
}

#[test]
fn pimlico() {
    sweep(Dialect::Pimlico);
}

#[test]
fn biconomy() {
    sweep(Dialect::Biconomy);
}
