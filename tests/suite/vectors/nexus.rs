//! The vectors of Nexus 1.2.0 and Smart Sessions, from `@biconomy/abstractjs` and `@rhinestone/module-sdk`.

mod accounts;
mod calls;
mod grants;
mod keys;
mod policies;
mod sessions;
mod signatures;
mod user_ops;

use super::Set;
use crate::support::Outcome;

pub(super) const SET: Set = Set {
    folder: "tests/vectors-nexus",
    variable: "USE_AA_VECTORS_NEXUS",
    files: FILES,
    on_chain: &["policy-questions"],
};

replay! {
    "accounts", 30: accounts_have_the_addresses_of_the_original = accounts::counterfactual;
    "authorizations", 12: authorizations_are_those_of_the_original = keys::authorization;
    "calldata", 50: call_data_is_that_of_the_original = calls::call_data;
    "messages", 8: message_signatures_are_those_of_the_original = accounts::message_signature;
    "migration", 6: migrations_are_those_that_were_run = accounts::migration;
    "module-enable", 8: signatures_that_install_a_module_are_those_of_the_chain = accounts::module_enable;
    "nonces", 24: nonces_are_those_of_the_original = calls::nonce;
    "permissions", 24: sessions_have_the_ids_and_digests_of_the_chain = sessions::ids_and_digests;
    "policies", 40: policies_have_the_init_data_of_the_original = policies::init_data;
    "session-signatures", 16: signatures_of_sessions_are_those_of_the_original = signatures::of_operation;
    "userops-v07", 24: hashes_are_those_of_entry_point_0_7 = user_ops::hash_v0_7;
    "userops-v09", 30: hashes_are_those_of_entry_point_0_9 = user_ops::hash_v0_9;
    "userops-v08", 30: hashes_are_those_of_entry_point_0_8 = user_ops::hash_v0_8;
    "validators", 11: validators_have_the_init_data_of_the_original = keys::init_data;
}
