//! Replays cases that the original implementation answered: our bytes must equal its bytes.
//!
//! The cases are the files of `tests/vectors`, or of the folder that `USE_AA_VECTORS` names. The file's name tells
//! what is replayed; a name that is not known here fails, as does a file without cases.

use std::{
    env,
    error::Error,
    fs,
    path::{Path, PathBuf},
    process::ExitCode,
};

use serde::Deserialize;
use serde_json::Value;

mod replay;

/// How many cases the project's own files hold.
const OWN_CASES: usize = 254;

type Outcome = Result<(), Box<dyn Error>>;

#[derive(Deserialize)]
struct File {
    cases: Vec<Case>,
}

/// One question to the original, and what it answered.
#[derive(Deserialize)]
struct Case {
    input: Value,
    output: Value,
}

fn main() -> ExitCode {
    let given = env::var_os("USE_AA_VECTORS").map(PathBuf::from);
    let folder = given.clone().unwrap_or_else(own_vectors);
    match replay_folder(&folder) {
        Ok((passed, failed)) => {
            println!("total: {passed} passed, {failed} failed");
            let are_all = given.is_some() || passed == OWN_CASES;
            if !are_all {
                eprintln!(
                    "{} of {OWN_CASES} cases: the files are not whole",
                    passed + failed
                );
            }
            ExitCode::from(u8::from(failed > 0 || passed == 0 || !are_all))
        }
        Err(error) => {
            eprintln!("{}: {error}", folder.display());
            ExitCode::FAILURE
        }
    }
}

fn own_vectors() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/vectors")
}

fn replay_folder(folder: &Path) -> Result<(usize, usize), Box<dyn Error>> {
    let entries = fs::read_dir(folder)?.collect::<Result<Vec<_>, _>>()?;
    let mut files: Vec<_> = entries
        .into_iter()
        .map(|entry| entry.path())
        .filter(|path| path.is_file())
        .collect();
    files.sort();
    let mut total = (0, 0);
    for path in files {
        let name = path
            .file_stem()
            .unwrap_or_default()
            .to_string_lossy()
            .into_owned();
        let (passed, failed) = replay_file(&name, &path).unwrap_or_else(|error| {
            println!("  {name}: {error}");
            (0, 1)
        });
        println!("{name}: {passed} passed, {failed} failed");
        total = (total.0 + passed, total.1 + failed);
    }
    Ok(total)
}

fn replay_file(name: &str, path: &Path) -> Result<(usize, usize), Box<dyn Error>> {
    let replay = replay::of(name).ok_or("unknown kind of file")?;
    let file: File = serde_json::from_str(&fs::read_to_string(path)?)?;
    if file.cases.is_empty() {
        return Err("the file holds no cases".into());
    }
    let mut failed = 0;
    for (number, case) in file.cases.iter().enumerate() {
        if let Err(error) = replay(&case.input, &case.output) {
            println!("  {name}[{number}]: {error}");
            failed += 1;
        }
    }
    Ok((file.cases.len() - failed, failed))
}
