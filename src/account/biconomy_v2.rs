//! The Biconomy smart account V2: address, init code, call data and signatures. This module performs no I/O.

mod address;
mod call_data;
pub mod contracts;
mod signature;
mod smart_account;

pub use self::{
    address::Account,
    call_data::{batch_call_data, call_data, disable_module, enable_module, set_up_and_enable_module},
    contracts::Contracts,
    signature::{dummy_module_signature, dummy_signature, is_valid_signature, undeployed, wrap},
    smart_account::{BiconomyV2, BiconomyV2Kind},
};
