//! A test that the files and functions that a guide names exist.

use std::{fs, path::Path};

/// The guides that name files.
const GUIDES: [&str; 2] = ["CONTRIBUTING.md", "src/guide/inside.md"];

/// The maximum number of numbered rooms on a way through the library.
const MOST_ROOMS: usize = 9;

#[test]
fn every_file_and_name_of_a_guide_exists() {
    let root = Path::new(concat!(env!("CARGO_MANIFEST_DIR"), "/.."));
    let mut wrongs = Vec::new();
    for guide in GUIDES {
        let text = fs::read_to_string(root.join(guide)).unwrap();
        let named = named(&text);
        assert!(named.len() > 20, "{guide} names only {} files", named.len());
        for (path, names) in named {
            let found = root.join(path);
            if !found.exists() {
                wrongs.push(format!("{guide} names {path}, which does not exist"));
                continue;
            }
            let source = fs::read_to_string(found).unwrap_or_default();
            let is_missing = |name: &&&str| !source.split(is_no_name).any(|word| word == **name);
            let missing = names.iter().filter(is_missing);
            wrongs.extend(missing.map(|name| format!("{guide} names {name} of {path}, which has none")));
        }
    }
    assert!(wrongs.is_empty(), "{}", wrongs.join("\n"));
}

#[test]
fn ways_through_the_library_are_short() {
    let guide = include_str!("../../src/guide/inside.md");

    let ways = guide.split("\n# ").skip(1);
    for way in ways {
        let is_room = |line: &&str| {
            line.split_once(". **")
                .is_some_and(|(number, _)| number.parse::<u8>().is_ok())
        };
        let rooms = way.lines().filter(is_room).count();
        assert!((1..=MOST_ROOMS).contains(&rooms), "{rooms} rooms:\n{way}");
    }
}

#[test]
fn files_are_told_from_code_and_names_follow_them() {
    let text = "Call `f` of `src/a.rs` (`g`,\n`H`), and see `src/b/`, `README.md` (the text) and `cargo xtask test/x`.";

    let expected = [
        ("src/a.rs", vec!["g", "H"]),
        ("src/b/", vec![]),
        ("README.md", vec![]),
    ];
    assert_eq!(named(text), expected);
}

/// Returns the paths in a text, each with the names in the parentheses after it.
fn named(text: &str) -> Vec<(&str, Vec<&str>)> {
    let mut named = Vec::<(&str, Vec<&str>)>::new();
    let mut is_list = false;
    let mut parts = text.split('`');
    while let (Some(between), Some(code)) = (parts.next(), parts.next()) {
        is_list = match between.trim() {
            "(" => between.ends_with('('),
            "," => is_list,
            _ => false,
        };
        match named.last_mut() {
            _ if is_path(code) => {
                named.push((code, Vec::new()));
                is_list = false;
            }
            Some((_, names)) if is_list => names.push(code),
            _ => {}
        }
    }
    named
}

/// Returns true if a piece of code is the path of a file or folder.
fn is_path(code: &str) -> bool {
    let is_file = [".rs", ".md", ".ts", ".toml"]
        .iter()
        .any(|end| code.ends_with(end));
    !code.contains(char::is_whitespace) && (code.contains('/') || is_file)
}

fn is_no_name(c: char) -> bool {
    !c.is_alphanumeric() && c != '_'
}
