//! The examples and the template as their readers have them: packages of their own, outside the workspace.

use std::{
    fs,
    path::{Path, PathBuf},
};

use anyhow::{Context, Result};
use toml::Table;

use crate::project::Project;

/// The examples that are packages of their own.
pub(crate) const FOLDERS: [&str; 3] = [
    "examples/two-buttons",
    "examples/account-kinds",
    "examples/server-rendered",
];
/// The name of the template's project. With this name and [`KIND`] its files are those of the guide "getting started".
const NAME: &str = "first-mint";
/// The account kind of the template.
pub(crate) const KIND: &str = "Nexus::KIND";

/// Copies a package out of the checkout, with the library of the checkout and the versions that other tests compile.
pub(crate) fn copy(project: &Project, source: &str, folder: &Path) -> Result<PathBuf> {
    copy_with(project, source, folder, KIND)
}

/// Copies a package out of the checkout. If the package is the template, the app has accounts of this kind.
pub(crate) fn copy_with(project: &Project, source: &str, folder: &Path, kind: &str) -> Result<PathBuf> {
    let (copy, source) = (copied(source, folder)?, project.root.join(source));
    remove(&copy)?;
    copy_files(&source, &copy, kind)?;
    let manifest = copy.join("Cargo.toml");
    write(&manifest, &standalone(&read(&manifest)?, &project.root))?;
    let lock = copy.join("Cargo.lock");
    if !lock.exists() {
        write(&lock, &read(&project.root.join("Cargo.lock"))?)?;
    }
    Ok(copy)
}

/// Returns the folder of a package's copy.
pub(crate) fn copied(source: &str, folder: &Path) -> Result<PathBuf> {
    let name = Path::new(source).file_name().context("the folder has no name")?;
    Ok(folder.join(name))
}

/// Copies the files of a folder without builds, and fills in the placeholders.
fn copy_files(source: &Path, copy: &Path, kind: &str) -> Result<()> {
    let entries = fs::read_dir(source).with_context(|| format!("cannot read {}", source.display()))?;
    for entry in entries {
        let entry = entry.with_context(|| format!("cannot read {}", source.display()))?;
        let (path, name) = (entry.path(), entry.file_name());
        match path.is_dir() {
            true if name == "target" || name == "dist" => {}
            true => copy_files(&path, &copy.join(name), kind)?,
            false => write(&copy.join(name), &fill_in(&read(&path)?, kind))?,
        }
    }
    Ok(())
}

/// Replaces the placeholders of the template, as `cargo generate` does.
pub(crate) fn fill_in(text: &str, kind: &str) -> String {
    text.replace("{{project-name}}", NAME)
        .replace("{{account_kind}}", kind)
}

/// Returns the account kinds that the template offers.
pub(crate) fn kinds(project: &Project) -> Result<Vec<String>> {
    let settings = read(&project.root.join("template/cargo-generate.toml"))?;
    let settings: Table = settings.parse().context("the template's settings are no TOML")?;
    let choices = &settings["placeholders"]["account_kind"]["choices"];
    let choices = choices
        .as_array()
        .context("the template offers no account kind")?;
    Ok(choices
        .iter()
        .filter_map(|kind| kind.as_str())
        .map(str::to_owned)
        .collect())
}

/// Returns a manifest with the library of this checkout, as a workspace of its own.
fn standalone(manifest: &str, root: &Path) -> String {
    let line = |line: &str| match line.starts_with("use-aa = ") {
        true => format!("use-aa = {{ path = {root:?} }}\n"),
        false => format!("{line}\n"),
    };
    let own = "[workspace]\n";
    let manifest: String = manifest.lines().map(line).collect();
    match manifest.contains(own) {
        true => manifest,
        false => format!("{manifest}\n{own}"),
    }
}

pub(crate) fn read(path: &Path) -> Result<String> {
    fs::read_to_string(path).with_context(|| format!("cannot read {}", path.display()))
}

pub(crate) fn write(path: &Path, text: &str) -> Result<()> {
    let folder = path.parent().unwrap_or(path);
    fs::create_dir_all(folder).with_context(|| format!("cannot create {}", folder.display()))?;
    fs::write(path, text).with_context(|| format!("cannot write {}", path.display()))
}

pub(crate) fn remove(folder: &Path) -> Result<()> {
    match folder.exists() {
        true => fs::remove_dir_all(folder).with_context(|| format!("cannot remove {}", folder.display())),
        false => Ok(()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const ROOT: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/..");

    fn file(path: &str) -> String {
        read(&Path::new(ROOT).join(path)).unwrap()
    }

    #[test]
    fn template_offers_each_account_kind_and_nothing_is_left_to_fill_in() {
        let settings = file("template/cargo-generate.toml");
        assert!(settings.contains("choices = [\"Nexus::KIND\", \"Nexus::DELEGATED\", \"BiconomyV2::KIND\"]"));

        for name in [
            "Cargo.toml",
            "README.md",
            "index.html",
            "Trunk.toml",
            "src/main.rs",
        ] {
            let text = fill_in(&file(&format!("template/{name}")), KIND);
            assert!(!text.contains("{{") && !text.contains("{%"), "{name}: {text}");
        }
    }

    #[test]
    fn smallest_dapp_has_fewer_than_60_lines_with_both_preludes() {
        let program = file("examples/two-buttons/src/main.rs");

        assert!(program.lines().count() < 60, "{}", program.lines().count());
        assert!(program.lines().all(|line| line.len() < 140));
        for prelude in ["use leptos::prelude::*;", "use use_aa::prelude::*;"] {
            assert!(program.contains(prelude), "{prelude}");
        }
    }

    #[test]
    fn library_of_a_copy_is_that_of_the_checkout() {
        let manifest = "[dependencies]\nleptos = \"0.8\"\nuse-aa = \"0.1\"\n";
        let root = Path::new("/src/use-aa");

        let copy = standalone(manifest, root);

        let expected =
            "[dependencies]\nleptos = \"0.8\"\nuse-aa = { path = \"/src/use-aa\" }\n\n[workspace]\n";
        assert_eq!(copy, expected);
        assert_eq!(standalone(&copy, root), copy);
    }
}
