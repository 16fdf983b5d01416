//! Replays recorded cases of Smart Sessions: the library must produce the same bytes as the SDKs of the module's makers.
//!
//! The cases are the files of `tests/vectors-nexus`. Their permission ids and digests were compared with the contracts.

use std::{fs, path::Path};

use serde_json::Value;

use crate::{
    support::Outcome,
    vectors::{Case, File},
};

mod keys;
mod policies;
mod sessions;
mod signatures;

type Replay = fn(&Value, &Value) -> Outcome;

#[test]
fn policies_have_the_init_data_of_the_original() -> Outcome {
    replay("policies", 40, policies::init_data)
}

#[test]
fn sessions_have_the_ids_and_digests_of_the_chain() -> Outcome {
    replay("permissions", 24, sessions::ids_and_digests)
}

#[test]
fn signatures_of_sessions_are_those_of_the_original() -> Outcome {
    replay("session-signatures", 16, signatures::of_operation)
}

#[test]
fn validators_have_the_init_data_of_the_original() -> Outcome {
    replay("validators", 11, keys::init_data)
}

/// Replays the cases of a file, and reports all that differ.
fn replay(name: &str, count: usize, replay: Replay) -> Outcome {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/vectors-nexus");
    let text = fs::read_to_string(folder.join(name).with_extension("json"))?;
    let File { cases } = serde_json::from_str(&text)?;
    let differ = cases.iter().enumerate().filter_map(|(number, case)| {
        let Case { input, output } = case;
        let error = replay(input, output).err()?;
        Some(format!("{name}[{number}]: {error}"))
    });
    let differ: Vec<_> = differ.collect();

    assert_eq!(differ, [""; 0]);
    assert_eq!(cases.len(), count, "{name} is not whole");
    Ok(())
}
