//! Faults at every request of every act, one and two in sequence, against in-memory services in paused time.
//!
//! Each row is an act with the services of one dialect, of a Biconomy V2 account unless the row begins with `nexus`, and
//! its faults, such as
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
use crate::{support::Kind, world::Dialect};

/// Runs all acts of an account kind with the services of one dialect sequentially: the tests on the chain need the other
/// cores.
fn sweep(kind: Kind, dialect: Dialect) {
    let row = env::var("SWEEP_ROW").ok();
    let wrongs = Act::ALL
        .into_iter()
        .filter(|act| act.is_of(kind))
        .flat_map(|act| {
            let sweep = Sweep::of(act, kind, dialect);
            let sweep =
                sweep.unwrap_or_else(|error| panic!("an account before {kind:?} {dialect:?} {act}: {error}"));
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
    sweep(Kind::BiconomyV2, Dialect::Standard);
}

#[test]
fn pimlico() {
    sweep(Kind::BiconomyV2, Dialect::Pimlico);
}

#[test]
fn biconomy() {
    sweep(Kind::BiconomyV2, Dialect::Biconomy);
}

#[test]
fn nexus() {
    sweep(Kind::Nexus, Dialect::Standard);
}
