//! From the hash of an operation to its end: the journal of pending operations, and the waits for their inclusion.
//! A wait returns the answer; the pipeline records the outcome.

mod inclusion;
mod journal;
mod pending;
mod search;
mod status;
mod wait;
mod watch;

pub(crate) use self::{
    journal::{Journal, Journals},
    wait::{Outcome, Tracker},
    watch::Seen,
};
pub use self::{
    pending::{PendingPayment, PendingUserOp, UserOpKind},
    status::UserOpStatus,
    wait::WaitOptions,
};
