//! The app of the guide "getting started", built as its readers build it.

use std::{
    fs,
    path::{Path, PathBuf},
};

use anyhow::{Context, Result};

use super::run::Run;
use crate::{print, project::Project};

const GUIDE: &str = "src/guide/getting_started.md";

/// The files of the app, in the order of the guide.
const FILES: [&str; 4] = ["Cargo.toml", "index.html", "Trunk.toml", "src/main.rs"];

/// Writes the files of the guide into an empty folder, and builds the app with trunk. Returns the folder of the page.
pub(super) fn build(run: &mut Run<'_>) -> Result<PathBuf> {
    print::announce("Building the app of the guide");
    let project = run.project;
    let folder = empty(&project.scratch("first-mint")?.join("app"))?;
    let guide = project.root.join(GUIDE);
    let guide = fs::read_to_string(&guide).with_context(|| format!("cannot read {}", guide.display()))?;
    for name in FILES {
        let text = block(&guide, name).with_context(|| format!("{GUIDE} has no block for {name}"))?;
        let text = match name {
            "Cargo.toml" => manifest(&text, project),
            _ => text,
        };
        write(&folder.join(name), &text)?;
    }
    // The versions that the other tests have compiled.
    let lock = project.root.join("Cargo.lock");
    fs::copy(&lock, folder.join("Cargo.lock")).with_context(|| format!("cannot copy {}", lock.display()))?;
    let dist = folder.join("dist");
    let mut trunk = project.command("trunk");
    trunk
        .current_dir(&folder)
        .args(["--skip-version-check", "--log", "warn", "build", "--dist"])
        .arg(&dist)
        .env("CARGO_TARGET_DIR", &project.target);
    run.build(&mut trunk)?;
    Ok(dist)
}

/// Returns the block of a file, which follows the file's name. The lines that rustdoc hides are left out.
fn block(guide: &str, name: &str) -> Option<String> {
    let (_, rest) = guide.split_once(&format!("\n`{name}`:\n"))?;
    let (_, block) = rest.split_once("```")?;
    let (language, block) = block.split_once('\n')?;
    let (block, _) = block.split_once("\n```")?;
    let is_hidden = |line: &&str| language.starts_with("rust") && line.starts_with("# ");
    let lines = block.lines().filter(|line| !is_hidden(line));
    Some(lines.map(|line| format!("{line}\n")).collect())
}

/// Returns the manifest with the library of this repository, as a workspace of its own.
fn manifest(text: &str, project: &Project) -> String {
    let lines = text
        .lines()
        .map(|line| match line.strip_prefix("use-aa = { version = \"0.1\"") {
            Some(rest) => format!("use-aa = {{ path = {:?}{rest}\n", project.root),
            None => format!("{line}\n"),
        });
    lines.chain(["\n[workspace]\n".to_owned()]).collect()
}

fn empty(folder: &Path) -> Result<PathBuf> {
    if folder.exists() {
        fs::remove_dir_all(folder).with_context(|| format!("cannot remove {}", folder.display()))?;
    }
    Ok(folder.to_owned())
}

fn write(path: &Path, text: &str) -> Result<()> {
    let folder = path.parent().unwrap_or(path);
    fs::create_dir_all(folder).with_context(|| format!("cannot create {}", folder.display()))?;
    fs::write(path, text).with_context(|| format!("cannot write {}", path.display()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_file_has_a_block_in_the_guide() {
        let guide = include_str!("../../../src/guide/getting_started.md");

        for name in FILES {
            let text = block(guide, name).unwrap();
            assert!(!text.contains("```"), "{name}: {text}");
        }
        let program = block(guide, "src/main.rs").unwrap();
        assert!(program.starts_with("use "), "{program}");
        assert!(
            block(guide, "Cargo.toml")
                .unwrap()
                .contains("\nuse-aa = { version = \"0.1\"")
        );
    }
}
