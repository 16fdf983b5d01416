//! A test of the architecture: each layer imports only the layers below it.

use std::{fs, path::Path};

/// Each layer, with the other layers that it may import besides the platform.
const LAYERS: &[(&str, &[&str])] = &[
    ("platform", &[]),
    ("primitives", &[]),
    ("contracts", &["primitives"]),
    ("permission", &["primitives", "contracts"]),
    ("signer", &[]),
    ("store", &["signer"]),
    (
        "session",
        &["primitives", "contracts", "permission", "signer", "store"],
    ),
    // An account names its session module, which knows no account and can serve several kinds.
    ("account", &["primitives", "signer", "session"]),
    ("rpc", &["primitives"]),
    (
        "error",
        &[
            "primitives",
            "permission",
            "signer",
            "store",
            "session",
            "account",
            "rpc",
        ],
    ),
    ("services", &["primitives", "contracts", "rpc", "error"]),
    (
        "tracking",
        &[
            "primitives",
            "contracts",
            "store",
            "session",
            "rpc",
            "error",
            "services",
        ],
    ),
    (
        "pipeline",
        &[
            "primitives",
            "contracts",
            "signer",
            "store",
            "session",
            "account",
            "rpc",
            "error",
            "services",
            "tracking",
        ],
    ),
    (
        "client",
        &[
            "primitives",
            "contracts",
            "permission",
            "signer",
            "store",
            "session",
            "account",
            "rpc",
            "error",
            "services",
            "tracking",
            "pipeline",
        ],
    ),
    (
        "hooks",
        &[
            "primitives",
            "permission",
            "signer",
            "store",
            "session",
            "account",
            "error",
            "services",
            "tracking",
            "client",
        ],
    ),
    // Text only: the examples import `use_aa::`, as the demo does.
    ("guide", &[]),
    // A separate crate, which imports the library as `use_aa::`.
    ("demo", &[]),
];
/// Files that compose or check the layers and belong to none of them.
const ABOVE: &[&str] = &["lib", "prelude", "main", "layers", "codes", "fuzzing"];

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
            // Tests may build their cases from any layer.
            if path.ends_with("tests.rs") {
                continue;
            }
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

/// Words that name an account kind, a session module, a dialect or a version of the entry point.
const KINDS: [&str; 13] = [
    "biconomy",
    "merkle",
    "nexus",
    "smart_sessions",
    "smartsessions",
    "pimlico",
    "rundler",
    "erc7677",
    "v0_",
    "\"0.6\"",
    "\"0.7\"",
    "\"0.8\"",
    "\"0.9\"",
];

/// Layers that work for every kind, and the files of the dapp that do: all but its configuration.
const FOR_EVERY_KIND: [&str; 5] = ["pipeline", "tracking", "client", "hooks", "demo"];

#[test]
fn no_layer_for_every_kind_names_one() {
    let mut wrongs = Vec::new();
    for (path, text) in sources(Path::new(concat!(env!("CARGO_MANIFEST_DIR"), "/src"))) {
        let is_for_every_kind = FOR_EVERY_KIND.iter().any(|layer| path.starts_with(layer));
        let is_test = path.ends_with("tests.rs") || path.ends_with("testing.rs") || path.contains("/tests/");
        if is_for_every_kind && !is_test && !path.starts_with("demo/config/") {
            wrongs.extend(named_kinds(&text).map(|line| format!("{path} names a kind: {line}")));
        }
    }
    assert!(wrongs.is_empty(), "{}", wrongs.join("\n"));
}

#[test]
fn every_kind_that_is_named_is_seen() {
    let named = |text| named_kinds(text).count();

    assert_eq!(named("use crate::account::biconomy_v2::BiconomyV2;"), 1);
    assert_eq!(named("let root = Merkle::root();\n    SmartSessions::new()"), 2);
    assert_eq!(
        named("BundlerKind::PIMLICO\nPaymasterKind::ERC7677\nEntryPoint::v0_7(1)"),
        3
    );
    assert_eq!(named("BundlerKind::RUNDLER\nmatch version { \"0.6\" => key }"), 2);
    assert_eq!(named("/// as `@biconomy/account` does\n// of ERC7677"), 0);
    assert_eq!(
        named("fn f() {}\n#[cfg(test)]\nmod tests {\n    use crate::BiconomyV2;\n}"),
        0
    );
}

/// Returns the lines of code, without comments and tests, that name a kind.
fn named_kinds(text: &str) -> impl Iterator<Item = &str> {
    let code = text.split("#[cfg(test)]\nmod tests").next().unwrap_or_default();
    let lines = code.lines().map(str::trim).filter(|line| !line.starts_with("//"));
    lines.filter(|line| {
        let line = line.to_lowercase();
        KINDS.iter().any(|kind| line.contains(kind))
    })
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
