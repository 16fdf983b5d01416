//! A test of the architecture: each layer imports only the layers below it.

use std::{fs, path::Path};

/// Each layer, with the other layers that it may import besides the platform.
const LAYERS: &[(&str, &[&str])] = &[
    ("platform", &[]),
    ("primitives", &[]),
    ("contracts", &["primitives"]),
    ("account", &["primitives", "contracts"]),
    ("session", &["primitives", "contracts"]),
    ("rpc", &["primitives"]),
    (
        "client",
        &["primitives", "contracts", "account", "session", "rpc"],
    ),
    ("hooks", &["primitives", "account", "session", "client"]),
    // Text only: the examples import `use_aa::`, as the demo does.
    ("guide", &[]),
    // A separate crate, which imports the library as `use_aa::`.
    ("demo", &[]),
];

/// Files that compose or check the layers and belong to none of them.
const ABOVE: &[&str] = &["lib", "main", "main_with_hooks", "layers", "codes", "fuzzing"];

#[test]
fn no_layer_knows_what_is_above_or_beside_it() {
    let mut wrongs = Vec::new();
    for (path, text) in sources(Path::new(concat!(env!("CARGO_MANIFEST_DIR"), "/src"))) {
        let layer = path.split(['/', '.']).next().unwrap_or_default();
        if ABOVE.contains(&layer) {
            continue;
        }
        let Some((_, known)) = LAYERS.iter().find(|(name, _)| *name == layer) else {
            wrongs.push(format!("{path} belongs to no layer: give it one in layers.rs"));
            continue;
        };
        for name in imports(&text) {
            // Types at the crate root are the public API, which hooks may use like external code.
            let root = layer == "hooks" && name.starts_with(char::is_uppercase);
            if name != layer && name != "platform" && !known.contains(&name) && !root {
                wrongs.push(format!("{path} may not know crate::{name}"));
            }
        }
        let asks_where_it_runs = ["target_family", "target_arch", "target_os"]
            .into_iter()
            .any(|word| text.contains(word));
        if asks_where_it_runs && layer != "platform" {
            wrongs.push(format!("{path} asks where it runs, which is for platform.rs"));
        }
    }
    assert!(wrongs.is_empty(), "{}", wrongs.join("\n"));
}

#[test]
fn every_way_to_name_a_module_is_seen() {
    let text = "
        // use crate::comment;
        use crate::plain::Thing;
        use crate::{one, two::{inner, Other}, three::Four};
        pub(in crate::path) fn f() -> crate::inline::Type { other_crate::skipped() }
    ";

    assert_eq!(imports(text), ["plain", "one", "two", "three", "path", "inline"]);
}

/// Returns all Rust files below a folder, with their relative paths.
fn sources(root: &Path) -> Vec<(String, String)> {
    let mut files = Vec::new();
    let mut folders = vec![root.to_owned()];
    while let Some(folder) = folders.pop() {
        for entry in fs::read_dir(folder).unwrap() {
            let path = entry.unwrap().path();
            if path.is_dir() {
                folders.push(path);
            } else if path.extension().is_some_and(|extension| extension == "rs") {
                let name = path
                    .strip_prefix(root)
                    .unwrap()
                    .to_string_lossy()
                    .replace('\\', "/");
                files.push((name, fs::read_to_string(path).unwrap()));
            }
        }
    }
    files
}

/// Returns the first name after each `crate::`, including the members of groups.
fn imports(text: &str) -> Vec<&str> {
    let mut names = Vec::new();
    for (at, path) in text.match_indices("crate::") {
        let (before, after) = (&text[..at], &text[at + path.len()..]);
        let comment = before
            .lines()
            .last()
            .is_some_and(|line| line.trim_start().starts_with("//"));
        let other = before.ends_with(|c: char| c.is_alphanumeric() || c == '_');
        if comment || other {
            continue;
        }
        match after.strip_prefix('{') {
            Some(group) => names.extend(members(group)),
            None => names.push(identifier(after)),
        }
    }
    names
}

/// Returns the first name of each member of a group, given the text after its opening brace.
fn members(group: &str) -> Vec<&str> {
    let mut names = Vec::new();
    let (mut depth, mut start) = (0, 0);
    for (at, c) in group.char_indices() {
        match c {
            '{' => depth += 1,
            ',' | '}' if depth == 0 => {
                names.push(identifier(group[start..at].trim_start()));
                start = at + 1;
                if c == '}' {
                    break;
                }
            }
            '}' => depth -= 1,
            _ => {}
        }
    }
    names.retain(|name| !name.is_empty());
    names
}

fn identifier(text: &str) -> &str {
    let end = text
        .find(|c: char| !c.is_alphanumeric() && c != '_')
        .unwrap_or(text.len());
    &text[..end]
}
