//! Checks of the published package.

use anyhow::Result;

use super::{run::Run, tally::Tally};
use crate::print;

pub(super) fn package(run: &mut Run<'_>) -> Result<Tally> {
    let list = run.project.output(run.project.command("cargo").args([
        "package",
        "--package",
        "use-aa",
        "--allow-dirty",
        "--list",
    ]))?;
    let strangers: Vec<_> = list.lines().filter(|file| !belongs(file)).collect();
    if !strangers.is_empty() {
        print::err(format_args!(
            "error: the package would ship {}: see `include` in Cargo.toml",
            strangers.join(", ")
        ));
        return Ok(Tally::failure());
    }

    // Builds the package from its own sources, with the artefacts of earlier steps, and uploads nothing.
    run.check(run.project.command("cargo").args([
        "publish",
        "--dry-run",
        "--package",
        "use-aa",
        "--allow-dirty",
    ]))
}

/// Returns true if a file belongs to the library, its documentation or cargo.
fn belongs(file: &str) -> bool {
    const OWN: [&str; 8] = [
        ".cargo_vcs_info.json",
        "CHANGELOG.md",
        "Cargo.lock",
        "Cargo.toml",
        "Cargo.toml.orig",
        "LICENSE-APACHE",
        "LICENSE-MIT",
        "README.md",
    ];
    // A script or a `package.json` would make npm, or a bundler, a matter of each user.
    let is_source = file.ends_with(".rs") || file.ends_with(".md");
    let library = file.starts_with("src/") && !file.starts_with("src/main") && !file.starts_with("src/demo");
    let library = library && is_source;
    library || file.starts_with("examples/") || OWN.contains(&file)
}

#[cfg(test)]
mod tests {
    use super::*;

    const MANIFEST: &str = include_str!("../../../Cargo.toml");

    /// The features that select how Leptos renders. They exclude each other, and add no item.
    const MODES: [&str; 3] = ["csr", "hydrate", "ssr"];

    fn features() -> Vec<String> {
        let manifest: toml::Table = MANIFEST.parse().unwrap();
        let features = manifest["features"].as_table().unwrap().keys();
        features.filter(|name| *name != "default").cloned().collect()
    }

    #[test]
    fn docs_rs_documents_every_feature_that_adds_items() {
        let manifest: toml::Table = MANIFEST.parse().unwrap();
        let documented: Vec<String> = manifest["package"]["metadata"]["docs"]["rs"]["features"]
            .clone()
            .try_into()
            .unwrap();

        for feature in features() {
            let is_mode = MODES.contains(&&*feature);
            assert_eq!(documented.contains(&feature), !is_mode, "{feature}");
        }
    }

    #[test]
    fn the_readme_has_a_row_for_each_feature() {
        let readme = include_str!("../../../README.md");
        let (_, table) = readme.split_once("| Feature |").unwrap();
        let (table, _) = table.split_once("\n\n").unwrap();
        let rows = table.lines().filter_map(|row| row.strip_prefix("| `"));
        let mut rows: Vec<_> = rows.filter_map(|row| row.split('`').next()).collect();
        let mut features = features();

        rows.sort_unstable();
        features.sort_unstable();
        assert_eq!(rows, features);
    }

    #[test]
    fn users_need_no_npm() {
        for file in ["package.json", "src/package.json", "src/hooks/wallet.js"] {
            assert!(!belongs(file), "{file}");
        }
    }

    #[test]
    fn only_the_library_belongs() {
        for file in [
            "src/lib.rs",
            "src/session/merkle/tree.rs",
            "README.md",
            "Cargo.toml.orig",
        ] {
            assert!(belongs(file), "{file}");
        }
        for file in [
            "src/main.rs",
            "src/demo/app.rs",
            "src/demo.rs",
            "end2end/package.json",
            "xtask/Cargo.toml",
            "index.html",
        ] {
            assert!(!belongs(file), "{file}");
        }
    }
}
