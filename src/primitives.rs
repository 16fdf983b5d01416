//! The values of ERC-4337: calls, user operations, hashes and receipts. This module performs no I/O.

mod asset;
mod call;
mod checksum;
mod contract_call;
mod delegation;
mod division;
mod entry_point;
mod explanation;
mod gas;
mod nonce;
mod receipt;
pub(crate) mod text;
mod typed_data;
mod units;
mod user_op;
mod words;

pub use self::{
    asset::{Asset, Balance},
    call::Call,
    contract_call::ContractCall,
    delegation::{delegate_of, delegation_code},
    entry_point::EntryPoint,
    explanation::Explanation,
    gas::{Fees, GasLimits, PaymasterGas},
    nonce::NonceKey,
    receipt::{TransactionInclusion, UserOpLog, UserOpReceipt},
    units::{units, units_rounded_up},
    user_op::{Deployment, PaymasterData, SignedUserOperation, UserOpDraft, UserOpHash, UserOperation},
};
pub(crate) use self::{
    checksum::checksum,
    contract_call::{decode_number, undecoded},
    delegation::is_contract,
    division::{decimal, div_ceil, widened},
    entry_point::{WireField, WireValue},
    typed_data::typed_data_hash,
    words::{Encoder, Words},
};
