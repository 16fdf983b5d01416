//! The library with the next line of Leptos, before that line is released.

use std::{
    fs,
    os::unix::fs::symlink,
    path::{Path, PathBuf},
};

use anyhow::{Context, Result};

use super::{run::Run, suites, tally::Tally};
use crate::{
    dapp, print,
    tools::{cargo, headless},
};

/// The newest candidate of the next line.
const CANDIDATE: &str = "0.9.0-rc1";

/// The entries of the checkout that the copy has of its own, or does not have.
const OWN: [&str; 5] = [".git", "Cargo.lock", "Cargo.toml", "dist", "target"];

/// Runs the library's tests with the next line of Leptos, on the host and in a browser.
pub(super) fn leptos_next(run: &mut Run<'_>) -> Result<Tally> {
    print::announce(&format!("Testing the library with Leptos {CANDIDATE}"));
    let folder = copy(&run.project.root, &run.project.scratch("leptos-next")?)?;
    let mut host = suites::cargo(run.project);
    host.current_dir(&folder)
        .args(["--package", "use-aa", "--package", "devnet"])
        .args(["--features", "use-aa/ssr", "--lib"]);
    let mut browser = headless::cargo(run.project)?;
    browser
        .current_dir(&folder)
        .args([
            "test",
            "--no-fail-fast",
            "--package",
            "use-aa",
            "--test",
            "browser",
        ])
        .args(["--features", "use-aa/csr", "--profile", dapp::TEST_PROFILE])
        .args(["--target", cargo::WASM]);
    run.cargo_tests([&mut host, &mut browser])
}

/// Creates a workspace of the library alone: links to the files of the checkout, below a manifest with the candidate.
fn copy(root: &Path, folder: &Path) -> Result<PathBuf> {
    fs::remove_dir_all(folder).with_context(|| format!("cannot remove {}", folder.display()))?;
    fs::create_dir_all(folder).with_context(|| format!("cannot create {}", folder.display()))?;
    for entry in fs::read_dir(root).with_context(|| format!("cannot read {}", root.display()))? {
        let name = entry?.file_name();
        if OWN.iter().all(|own| name != *own) {
            let link = folder.join(&name);
            symlink(root.join(&name), &link).with_context(|| format!("cannot create {}", link.display()))?;
        }
    }
    let manifest = root.join("Cargo.toml");
    let text =
        fs::read_to_string(&manifest).with_context(|| format!("cannot read {}", manifest.display()))?;
    let text = next(&text).context("Cargo.toml has no line for its members, or for Leptos")?;
    fs::write(folder.join("Cargo.toml"), text).context("cannot write the copy of Cargo.toml")?;
    // The versions that the other steps have compiled.
    fs::copy(root.join("Cargo.lock"), folder.join("Cargo.lock")).context("cannot copy Cargo.lock")?;
    Ok(folder.to_owned())
}

/// Returns the manifest without the members that name Leptos themselves, and with the candidate.
fn next(manifest: &str) -> Option<String> {
    let (mut has_members, mut has_leptos) = (false, false);
    let lines = manifest.lines().map(|line| {
        if line.starts_with("members = [") {
            has_members = true;
            return "members = [\"end2end/devnet\"]\n".to_owned();
        }
        let Some(rest) = line.strip_prefix("leptos = { version = \"0.8\"") else {
            return format!("{line}\n");
        };
        has_leptos = true;
        format!("leptos = {{ version = \"={CANDIDATE}\"{rest}\n")
    });
    let text = lines.collect();
    (has_members && has_leptos).then_some(text)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_manifest_asks_for_the_candidate_alone() {
        let text = next(include_str!("../../../Cargo.toml")).unwrap();

        let manifest: toml::Table = text.parse().unwrap();
        let leptos = &manifest["dependencies"]["leptos"];
        assert_eq!(leptos["version"].as_str(), Some(&*format!("={CANDIDATE}")));
        assert_eq!(leptos["optional"].as_bool(), Some(true));
        assert_eq!(
            manifest["workspace"]["members"].as_array().unwrap(),
            &["end2end/devnet".into()]
        );
        assert_eq!(next("[workspace]\nmembers = []\n"), None);
    }

    /// A link to a folder of the copy itself would have no end.
    #[test]
    fn the_copy_links_to_the_sources() {
        let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("..");
        let folder = std::env::temp_dir().join(format!("xtask-leptos-next-{}", std::process::id()));
        fs::create_dir_all(&folder).unwrap();

        copy(&root, &folder).unwrap();
        let has = |name: &str| folder.join(name).exists();
        let found = ["src/lib.rs", "tests/browser", "README.md", "target", ".git"].map(has);
        let is_link = folder.join("Cargo.toml").is_symlink();
        fs::remove_dir_all(&folder).unwrap();

        assert_eq!(found, [true, true, true, false, false]);
        assert!(!is_link);
    }
}
