//! A test that the guide lists each error code of the dapp.

use std::{collections::BTreeSet, fs, path::Path};

const GUIDE: &str = include_str!("../guide/errors.md");

/// The areas of the dapp's codes, which the library does not use.
const AREAS: [&str; 6] = ["clipboard", "config", "file", "notice", "picture", "receipt"];

#[test]
fn every_code_of_the_dapp_has_a_row_and_every_row_a_code() {
    let (of_library, of_dapp) = GUIDE.split_once("\n# The codes of the sample dapp").unwrap();
    let is_own = |code: &str| {
        code.split_once('.')
            .is_some_and(|(area, _)| AREAS.contains(&area))
    };

    let mut given = BTreeSet::new();
    collect(Path::new(env!("CARGO_MANIFEST_DIR")), &mut given);
    given.retain(|code| is_own(code) && code != "config.json");

    assert_eq!(rows(of_dapp), given, "in guide/errors.md, and in the dapp");
    assert!(!rows(of_library).iter().any(|code| is_own(code)));
}

fn rows(table: &str) -> BTreeSet<String> {
    let rows = table.lines().filter_map(|line| line.strip_prefix("| `"));
    let codes = rows.filter_map(|row| row.split('`').next());
    codes.map(str::to_owned).collect()
}

/// Collects the string literals that may be codes from all source files of a folder.
fn collect(folder: &Path, texts: &mut BTreeSet<String>) {
    let may_be_code = |text: &&str| {
        text.bytes()
            .all(|c| c.is_ascii_lowercase() || c == b'.' || c == b'_')
    };
    for entry in fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() {
            collect(&path, texts);
        } else if path.extension().is_some_and(|extension| extension == "rs") {
            let source = fs::read_to_string(path).unwrap();
            texts.extend(source.split('"').filter(may_be_code).map(str::to_owned));
        }
    }
}
