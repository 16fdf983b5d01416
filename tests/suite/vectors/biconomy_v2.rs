//! The vectors of Biconomy V2, from `@biconomy/account`.

use super::{Set, accounts, calls, helpers, sessions, user_ops};
use crate::support::Outcome;

pub(super) const SET: Set = Set {
    folder: "tests/vectors",
    variable: "USE_AA_VECTORS",
    files: FILES,
    on_chain: &[],
};

replay! {
    "abisvm", 49: abi_session_leaves_are_those_of_the_original = sessions::abi_leaf;
    "abisvm-raw", 12: abi_session_key_data_is_that_of_the_original = sessions::abi_key_data;
    "accounts", 28: accounts_have_the_addresses_of_the_original = accounts::counterfactual;
    "batch-signatures", 14: batch_signatures_are_those_of_the_original = sessions::batch_signature;
    "calldata", 34: call_data_is_that_of_the_original = calls::call_data;
    "dummy-ecdsa", 1: the_dummy_signature_is_that_of_the_original = accounts::dummy_signature;
    "erc20svm", 8: erc20_session_leaves_are_those_of_the_original = sessions::erc20_leaf;
    "merkle", 39: trees_have_the_roots_and_proofs_of_the_original = sessions::tree;
    "merkle-reopen", 4: reopened_trees_have_the_roots_of_the_original = sessions::reopened_tree;
    "message-signatures", 4: message_signatures_are_those_of_the_original = accounts::message_signature;
    "misc", 9: chains_are_read_from_urls_as_the_original_does = helpers::chain_ids;
    "owner-signatures", 8: owner_signatures_are_those_of_the_original = accounts::user_op_signature;
    "session-signatures", 14: session_signatures_are_those_of_the_original = sessions::signature;
    "userops", 30: user_operation_hashes_are_those_of_the_original = user_ops::hash;
}
