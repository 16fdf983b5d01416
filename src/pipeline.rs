//! From calls to a submitted operation: options, payment, gas, signature and submission; and the record of its outcome in
//! the session ledger.

mod attempts;
mod authorization;
mod call_gas;
mod cancellation;
mod chain_cache;
mod explain;
mod lanes;
mod ledger;
mod lock;
mod options;
mod outcome;
mod owner;
mod pay;
mod rehearse;
mod remedy;
mod speculate;
mod stages;
mod stub_data;
mod submit;
mod token;

pub(crate) use self::{
    authorization::Authorization,
    cancellation::Cancellation,
    chain_cache::{ChainCache, ObservedState, Signing, SubmittedGrant, is_recent},
    lock::AccountLock,
    remedy::Remedies,
    speculate::{Confirmed, Gate, confirm, forget, speculate},
    stages::Stages,
    submit::{Intent, Pipeline, sequence},
};
pub use self::{
    options::{GasMargins, NonceLane, UserOpOptions},
    pay::Payment,
    token::TokenPayment,
};
