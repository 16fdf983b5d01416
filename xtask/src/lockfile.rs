//! The versions that a lockfile pins.

use serde_json::{Map, Value};

/// The version of a package in the text of a `Cargo.lock`, if it has exactly one.
pub(crate) fn cargo_version<'a>(lock: &'a str, package: &str) -> Option<&'a str> {
    let name = format!("name = \"{package}\"");
    let mut versions = lock.split("[[package]]").filter_map(|entry| {
        let mut lines = entry.lines().map(str::trim);
        lines.find(|line| *line == name)?;
        lines.find_map(|line| line.strip_prefix("version = \"")?.strip_suffix('"'))
    });
    let version = versions.next()?;
    versions.next().is_none().then_some(version)
}

/// Whether npm has installed what the lockfile asks for. `installed` is the lockfile npm keeps in
/// `node_modules`; packages for other platforms are in the first only.
pub(crate) fn npm_is_current(wanted: &str, installed: &str) -> bool {
    let (Some(wanted), Some(installed)) = (packages(wanted), packages(installed)) else {
        return false;
    };
    let version = |package: &Value| package["version"].as_str().map(str::to_owned);
    let optional = |package: &Value| package["optional"] == true || package["devOptional"] == true;

    let complete = wanted
        .iter()
        .filter(|(path, _)| !path.is_empty())
        .all(|(path, package)| match installed.get(path) {
            Some(other) => version(other) == version(package),
            None => optional(package),
        });
    complete && installed.keys().all(|path| wanted.contains_key(path))
}

fn packages(lock: &str) -> Option<Map<String, Value>> {
    match serde_json::from_str::<Value>(lock)
        .ok()?
        .get_mut("packages")?
        .take()
    {
        Value::Object(packages) => Some(packages),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const LOCK: &str = r#"
version = 4

[[package]]
name = "wasm-bindgen-backend"
version = "0.1.0"

[[package]]
name = "wasm-bindgen"
version = "0.2.130"
source = "registry+https://github.com/rust-lang/crates.io-index"
dependencies = [
 "cfg-if",
]

[[package]]
name = "getrandom"
version = "0.2.16"

[[package]]
name = "getrandom"
version = "0.3.3"
"#;

    #[test]
    fn the_version_is_that_of_the_package_and_no_other() {
        assert_eq!(cargo_version(LOCK, "wasm-bindgen"), Some("0.2.130"));
        assert_eq!(cargo_version(LOCK, "wasm"), None);
    }

    #[test]
    fn two_versions_are_none() {
        assert_eq!(cargo_version(LOCK, "getrandom"), None);
    }

    #[test]
    fn npm_is_current_when_all_but_optional_packages_are_there() {
        let wanted = r#"{"packages": {
            "": {"name": "x"},
            "node_modules/a": {"version": "1.0.0"},
            "node_modules/b": {"version": "2.0.0", "optional": true}
        }}"#;
        let table = [
            (r#"{"packages": {"node_modules/a": {"version": "1.0.0"}}}"#, true),
            (r#"{"packages": {"node_modules/a": {"version": "1.0.1"}}}"#, false),
            (r#"{"packages": {"node_modules/b": {"version": "2.0.0"}}}"#, false),
            (
                r#"{"packages": {"node_modules/a": {"version": "1.0.0"}, "node_modules/c": {"version": "1.0.0"}}}"#,
                false,
            ),
            ("", false),
        ];

        for (installed, current) in table {
            assert_eq!(npm_is_current(wanted, installed), current, "{installed}");
        }
    }
}
