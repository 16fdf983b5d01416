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

    // The package builds from its own sources, with the artefacts of earlier steps.
    run.check(
        run.project
            .command("cargo")
            .args(["package", "--package", "use-aa", "--allow-dirty"]),
    )
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
    let library = file.starts_with("src/") && !file.starts_with("src/main") && !file.starts_with("src/demo");
    library || file.starts_with("examples/") || OWN.contains(&file)
}

#[cfg(test)]
mod tests {
    use super::*;

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
