//! `cargo xtask size --acts`: the download size of the smallest page of each act.

use std::{
    fs,
    path::{Path, PathBuf},
};

use anyhow::{Context, Result};

use crate::{
    budget::Budget,
    dapp::RELEASE_PROFILE,
    print,
    project::Project,
    tools::{cargo, npm},
    weight::Bytes,
};

/// The package of the pages.
const PAGES: &str = "end2end/bench/pages";

/// Builds the pages for release, and prints the size of each with its script. Returns one sentence for each page above its
/// budget.
pub(crate) fn measure(project: &Project) -> Result<Vec<String>> {
    let folder = project.scratch("acts")?;
    // A page is shrunk once.
    fs::remove_dir_all(&folder).with_context(|| format!("cannot remove {}", folder.display()))?;
    let manifest = fs::read_to_string(project.root.join(PAGES).join("Cargo.toml"))
        .with_context(|| format!("cannot read the manifest of {PAGES}"))?;
    let pages = pages(&manifest).collect::<Vec<_>>();
    build(project, &pages, &folder)?;
    print::out(format_args!(
        "\n{:>10} {:>10} {:>10}  page",
        "raw", "gzip -9", "brotli -11"
    ));
    let mut sizes = Vec::new();
    for page in pages {
        let wasm = read(&folder.join(format!("page-{page}_bg.wasm")))?;
        let script = read(&folder.join(format!("page-{page}.js")))?;
        let bytes = Bytes::of(&wasm)? + Bytes::of(&script)?;
        print::out(format_args!("{bytes}  {page}"));
        sizes.push((page.to_owned(), bytes));
    }
    Ok(Budget::read(project)?.acts.exceeded_by(&sizes))
}

/// Builds pages for release into a folder, which must have no earlier build.
pub(crate) fn build(project: &Project, pages: &[&str], folder: &Path) -> Result<()> {
    cargo::wasm_target(project)?;
    cargo::wasm_bindgen(project)?;
    npm::shrinkers(project)?;
    print::announce("Compiling a page for each act for release");
    compile(project, &project.root, &project.target, pages)?;
    finish(project, &built(&project.target), folder, pages)
}

/// Compiles a page of a checkout for release into a target folder, and returns the linked program, which has the names of its
/// functions. Two checkouts need two target folders: cargo does not tell the crates of one from those of the other.
pub(crate) fn program(project: &Project, checkout: &Path, target: &Path, page: &str) -> Result<PathBuf> {
    cargo::wasm_target(project)?;
    print::announce(&format!("Compiling the page {page} in {}", checkout.display()));
    compile(project, checkout, target, &[page])?;
    Ok(built(target).join(format!("page-{page}.wasm")))
}

fn compile(project: &Project, checkout: &Path, target: &Path, pages: &[&str]) -> Result<()> {
    let mut command = project.command("cargo");
    command
        .current_dir(checkout)
        .env("CARGO_TARGET_DIR", target)
        .args(["build", "--package", "pages", "--features", "csr"])
        .args(["--profile", RELEASE_PROFILE, "--target", cargo::WASM]);
    for page in pages {
        command.args(["--bin", &format!("page-{page}")]);
    }
    project.run(&mut command)
}

/// Returns the folder of the linked programs.
fn built(target: &Path) -> PathBuf {
    target.join(cargo::WASM).join(RELEASE_PROFILE)
}

/// Runs wasm-bindgen on the programs, as trunk does, and the script that shrinks the release build.
fn finish(project: &Project, built: &Path, folder: &Path, pages: &[&str]) -> Result<()> {
    for page in pages {
        project.run(
            project
                .command("wasm-bindgen")
                .args(["--target", "web", "--no-typescript", "--no-demangle", "--out-dir"])
                .arg(folder)
                .arg(built.join(format!("page-{page}.wasm"))),
        )?;
    }
    project.run(project.command("node").arg("trunk/shrink.mjs").arg(folder))
}

fn read(path: &Path) -> Result<Vec<u8>> {
    fs::read(path).with_context(|| format!("cannot read {}", path.display()))
}

/// Returns the names of the programs in a manifest, in its order.
fn pages(manifest: &str) -> impl Iterator<Item = &str> {
    let names = manifest
        .lines()
        .filter_map(|line| line.strip_prefix("name = \"page-"));
    names.filter_map(|name| name.split('"').next())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn pages_are_the_programs_of_the_manifest() {
        let manifest = include_str!("../../end2end/bench/pages/Cargo.toml");

        let pages = pages(manifest).collect::<Vec<_>>();

        assert_eq!(
            pages,
            [
                "empty",
                "provider",
                "connect",
                "wait",
                "mint",
                "create",
                "two-buttons",
                "nexus"
            ]
        );
    }
}
