//! Replays recorded cases of the TypeScript original: the library must produce the same bytes.
//!
//! The cases are the files of `tests/vectors`, or of the folder in `USE_AA_VECTORS`. The file's name selects the
//! replay.

use std::{
    env,
    error::Error,
    fs,
    path::{Path, PathBuf},
};

use serde::Deserialize;
use serde_json::Value;

use crate::support::Outcome;

mod accounts;
mod calls;
mod helpers;
pub(crate) mod read;
mod sessions;
mod user_ops;

/// Runs the library on the input of a case and compares the output with the original's.
type Replay = fn(&Value, &Value) -> Outcome;

#[derive(Deserialize)]
pub(crate) struct File {
    pub(crate) cases: Vec<Case>,
}

/// A recorded input of the original, with its output.
#[derive(Deserialize)]
pub(crate) struct Case {
    pub(crate) input: Value,
    pub(crate) output: Value,
}

/// Defines a test for each file, with the number of cases in the project's own file.
macro_rules! replay {
    ($($file:literal, $count:literal: $test:ident = $replay:path;)*) => {
        const FILES: &[&str] = &[$($file),*];

        $(
            #[test]
            fn $test() -> Outcome {
                replay($file, $count, $replay)
            }
        )*
    };
}

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

#[test]
fn every_file_of_vectors_is_replayed() -> Outcome {
    let files = fs::read_dir(folder())?.collect::<Result<Vec<_>, _>>()?;
    let paths = files
        .into_iter()
        .map(|file| file.path())
        .filter(|path| path.is_file());
    let names: Vec<_> = paths
        .filter_map(|path| Some(path.file_stem()?.to_string_lossy().into_owned()))
        .collect();

    let unknown: Vec<_> = names
        .iter()
        .filter(|name| !FILES.contains(&name.as_str()))
        .collect();

    assert!(!names.is_empty(), "{} holds no vectors", folder().display());
    assert_eq!(unknown, [""; 0], "files of an unknown kind");
    Ok(())
}

/// Replays the cases of a file, and reports all that differ.
fn replay(name: &str, count: usize, replay: Replay) -> Outcome {
    let path = folder().join(name).with_extension("json");
    // Another folder may contain only some of the files.
    if given().is_some() && !path.exists() {
        return Ok(());
    }
    let File { cases } = serde_json::from_str(&fs::read_to_string(&path)?)?;
    let differ: Vec<_> = cases
        .iter()
        .enumerate()
        .filter_map(|(number, case)| {
            let error: Box<dyn Error> = replay(&case.input, &case.output).err()?;
            Some(format!("{name}[{number}]: {error}"))
        })
        .collect();

    assert_eq!(differ, [""; 0]);
    match given() {
        Some(_) => assert!(!cases.is_empty(), "{} holds no cases", path.display()),
        None => assert_eq!(cases.len(), count, "{} is not whole", path.display()),
    }
    Ok(())
}

fn given() -> Option<PathBuf> {
    env::var_os("USE_AA_VECTORS").map(PathBuf::from)
}

fn folder() -> PathBuf {
    given().unwrap_or_else(|| Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/vectors"))
}
