//! Faults at every call of every act, one and two in a row, against services that are values, in paused time.
//!
//! Each row is an act with services of one dialect, and the faults that it meets, as
//! `biconomy mint 0:bundler.eth_sendUserOperation.0=twice`: in step 0, at the first `eth_sendUserOperation`. A star
//! behind it says that later calls of the method in this step fail as well. A row runs alone with `SWEEP_ROW` set to its
//! name, and `--nocapture` shows what happens in it.

mod act;
mod blow;
mod canonical;
mod explore;
mod kinds;
mod trial;

use std::env;

use self::{act::Act, explore::Sweep};
use crate::world::Dialect;

fn sweep(act: Act, dialect: Dialect) {
    let row = env::var("SWEEP_ROW").ok();
    Sweep::of(act, dialect)
        .expect("an account before the act")
        .run(row.as_deref());
}

macro_rules! acts {
    ($dialect:ident: $($name:ident $act:ident),*) => {
        $(#[test]
        fn $name() {
            super::sweep(super::Act::$act, super::Dialect::$dialect);
        })*
    };
}

macro_rules! dialects {
    ($($name:ident $dialect:ident),*) => {
        $(mod $name {
            acts!($dialect: create_first CreateFirst, create Create, revoke Revoke, mint Mint, send_first SendFirst,
                send Send, deploy Deploy, wait Wait, speed_up SpeedUp, cancel Cancel);
        })*
    };
}

dialects!(standard Standard, pimlico Pimlico, biconomy Biconomy);
