//! One function for each kind of file, and what they share.

mod accounts;
mod calls;
mod helpers;
mod read;
mod sessions;
mod user_ops;

use serde_json::Value;

use super::Outcome;

/// Asks ours what the original was asked, and compares the answers.
pub(crate) type Replay = fn(&Value, &Value) -> Outcome;

/// What replays a kind of file.
pub(crate) fn of(kind: &str) -> Option<Replay> {
    Some(match kind {
        "abisvm" => sessions::abi_leaf,
        "abisvm-raw" => sessions::abi_key_data,
        "accounts" => accounts::counterfactual,
        "batch-signatures" => sessions::batch_signature,
        "calldata" => calls::call_data,
        "dummy-ecdsa" => accounts::dummy_signature,
        "erc20svm" => sessions::erc20_leaf,
        "merkle" => sessions::tree,
        "merkle-reopen" => sessions::reopened_tree,
        "message-signatures" => accounts::message_signature,
        "misc" => helpers::chain_ids,
        "owner-signatures" => accounts::user_op_signature,
        "session-signatures" => sessions::signature,
        "userops" => user_ops::hash,
        _ => return None,
    })
}
