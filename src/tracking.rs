//! From the hash of an operation to its end: the journal of pending operations, and the waits for their inclusion.
//! Outcomes are reported to a listener.

mod inclusion;
mod journal;
mod pending;
mod status;
mod wait;
mod watch;

pub(crate) use self::{
    journal::{Journal, Journals},
    wait::{Outcome, OutcomeListener, Tracker},
    watch::Seen,
};
pub use self::{
    pending::{PendingPayment, PendingUserOp, UserOpKind},
    status::UserOpStatus,
    wait::WaitOptions,
};
