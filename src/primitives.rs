//! The values of ERC-4337: calls, user operations, hashes and receipts. This module performs no I/O.

mod call;
mod entry_point;
mod gas;
mod nonce;
mod receipt;
mod units;
mod user_op;

pub use self::{
    call::Call,
    entry_point::EntryPoint,
    gas::{Fees, GasLimits},
    nonce::NonceKey,
    receipt::{TransactionInclusion, UserOpLog, UserOpReceipt},
    units::{units, units_rounded_up},
    user_op::{SignedUserOperation, UserOpDraft, UserOpHash, UserOperation},
};
