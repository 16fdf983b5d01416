//! Replays recorded cases of the TypeScript original: the library must produce the same bytes.
//!
//! The cases are the files of `tests/vectors` and `tests/vectors-nexus`, or of the folders in `USE_AA_VECTORS` and
//! `USE_AA_VECTORS_NEXUS`. The file's name selects the replay.

use std::{
    env,
    error::Error,
    fs,
    path::{Path, PathBuf},
};

use serde::Deserialize;
use serde_json::Value;

use crate::support::Outcome;

/// Runs the library on the input of a case and compares the output with the original's.
type Replay = fn(&Value, &Value) -> Outcome;

#[derive(Deserialize)]
struct File {
    cases: Vec<Case>,
}

/// A recorded input of the original, with its output.
#[derive(Deserialize)]
struct Case {
    input: Value,
    output: Value,
}

/// Defines a test for each file, with the number of cases in the project's own file.
macro_rules! replay {
    ($($file:literal, $count:literal: $test:ident = $replay:path;)*) => {
        pub(super) const FILES: &[&str] = &[$($file),*];

        $(
            #[test]
            fn $test() -> Outcome {
                SET.replay($file, $count, $replay)
            }
        )*
    };
}

mod accounts;
mod biconomy_v2;
mod calls;
mod helpers;
mod nexus;
mod read;
mod sessions;
mod user_ops;

/// The files of one account kind: their folder, and the variable that names another one.
struct Set {
    folder: &'static str,
    variable: &'static str,
    files: &'static [&'static str],
    /// The files that the tests of the devnet replay on the chain.
    on_chain: &'static [&'static str],
}

impl Set {
    /// Replays the cases of a file, and reports all that differ.
    fn replay(&self, name: &str, count: usize, replay: Replay) -> Outcome {
        let path = self.folder().join(name).with_extension("json");
        // Another folder may contain only some of the files.
        if self.given().is_some() && !path.exists() {
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
        match self.given() {
            Some(_) => assert!(!cases.is_empty(), "{} holds no cases", path.display()),
            None => assert_eq!(cases.len(), count, "{} is not whole", path.display()),
        }
        Ok(())
    }

    fn given(&self) -> Option<PathBuf> {
        env::var_os(self.variable).map(PathBuf::from)
    }

    fn folder(&self) -> PathBuf {
        let own = || Path::new(env!("CARGO_MANIFEST_DIR")).join(self.folder);
        self.given().unwrap_or_else(own)
    }
}

#[test]
fn every_file_of_vectors_is_replayed() -> Outcome {
    for set in [&biconomy_v2::SET, &nexus::SET] {
        let files = fs::read_dir(set.folder())?.collect::<Result<Vec<_>, _>>()?;
        let paths = files
            .into_iter()
            .map(|file| file.path())
            .filter(|path| path.is_file());
        let names: Vec<_> = paths
            .filter_map(|path| Some(path.file_stem()?.to_string_lossy().into_owned()))
            .collect();

        let unknown: Vec<_> = names
            .iter()
            .filter(|name| !set.files.contains(&name.as_str()) && !set.on_chain.contains(&name.as_str()))
            .collect();

        assert!(!names.is_empty(), "{} holds no vectors", set.folder().display());
        assert_eq!(unknown, [""; 0], "files of an unknown kind");
    }
    Ok(())
}
