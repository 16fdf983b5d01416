//! Biconomy Nexus, a modular account ([ERC-7579](https://eips.ethereum.org/EIPS/eip-7579)) of entry point v0.7: address,
//! deployment, call data, nonces and signatures. This module performs no I/O.

mod account_kind;
mod address;
mod call_data;
pub mod contracts;
mod delegation;
mod kind;
mod message;
mod migrated;
mod migration;
mod module_enable;
mod nonce;
mod requirements;
mod smart_account;

pub use self::{
    address::{InitialModules, NexusAddress},
    call_data::{
        OnFailure, add_safe_sender, batch_call_data, call_data, install_module, uninstall_module,
        upgrade_to_and_call,
    },
    contracts::NexusContracts,
    kind::NexusKind,
    migrated::MigratedKind,
    migration::migration,
    module_enable::ModuleEnable,
    nonce::{NexusNonce, ValidationMode},
    smart_account::Nexus,
};
