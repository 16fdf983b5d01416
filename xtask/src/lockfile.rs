//! The versions that `Cargo.lock` pins.

/// Returns the version of a package in the text of a `Cargo.lock`, if there is exactly one.
pub(crate) fn version_of<'a>(lock: &'a str, package: &str) -> Option<&'a str> {
    let name = format!("name = \"{package}\"");
    let mut versions = lock.split("[[package]]").filter_map(|entry| {
        let mut lines = entry.lines().map(str::trim);
        lines.find(|line| *line == name)?;
        lines.find_map(|line| line.strip_prefix("version = \"")?.strip_suffix('"'))
    });
    let version = versions.next()?;
    versions.next().is_none().then_some(version)
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
        assert_eq!(version_of(LOCK, "wasm-bindgen"), Some("0.2.130"));
        assert_eq!(version_of(LOCK, "wasm"), None);
    }

    #[test]
    fn two_versions_are_none() {
        assert_eq!(version_of(LOCK, "getrandom"), None);
    }
}
