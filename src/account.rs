//! The Biconomy smart account V2: address, init code, call data and signatures. This module performs no I/O.

mod call_data;
mod counterfactual;
mod owner;
mod signature;
mod typed_data;

pub use self::{
    call_data::{
        approve, batch_call_data, call_data, disable_module, enable_module, set_up_and_enable_module,
    },
    counterfactual::Account,
    owner::{Owner, OwnerError},
    signature::{dummy_module_signature, dummy_signature, is_valid_signature, undeployed, wrap},
    typed_data::{TypedData, TypedDataError},
};
