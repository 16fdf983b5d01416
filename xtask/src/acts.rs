//! `cargo xtask size --acts`: the download size of the smallest page of each act.

use std::{
    fs,
    path::{Path, PathBuf},
};

use anyhow::{Context, Result};

use crate::{
    dapp::RELEASE_PROFILE,
    print,
    project::Project,
    tools::{cargo, npm},
    weight::Bytes,
};

/// The package of the pages.
const PAGES: &str = "end2end/bench/pages";

/// Compiles the pages for release, and prints the size of each with its script.
pub(crate) fn measure(project: &Project) -> Result<()> {
    cargo::wasm_target(project)?;
    cargo::wasm_bindgen(project)?;
    npm::binaryen(project)?;
    print::announce("Compiling a page for each act for release");
    project.run(
        project
            .command("cargo")
            .args(["build", "--package", "pages", "--bins", "--features", "csr"])
            .args(["--profile", RELEASE_PROFILE, "--target", cargo::WASM]),
    )?;

    let built = project.target.join(cargo::WASM).join(RELEASE_PROFILE);
    let folder = project.scratch("acts")?;
    let manifest = fs::read_to_string(project.root.join(PAGES).join("Cargo.toml"))
        .with_context(|| format!("cannot read the manifest of {PAGES}"))?;
    print::out(format_args!(
        "\n{:>10} {:>10} {:>10}  page",
        "raw", "gzip -9", "brotli -11"
    ));
    for page in pages(&manifest) {
        let (wasm, script) = finish(project, &built.join(format!("page-{page}.wasm")), &folder)?;
        let bytes = Bytes::of(&read(&wasm)?)? + Bytes::of(&read(&script)?)?;
        print::out(format_args!("{bytes}  {page}"));
    }
    Ok(())
}

/// Does to a compiled program what trunk does, and returns the program and its script.
fn finish(project: &Project, program: &Path, folder: &Path) -> Result<(PathBuf, PathBuf)> {
    project.run(
        project
            .command("wasm-bindgen")
            .args(["--target", "web", "--no-typescript", "--out-dir"])
            .arg(folder)
            .arg(program),
    )?;
    let name = program.file_stem().unwrap_or_default().to_string_lossy();
    let bound = folder.join(format!("{name}_bg.wasm"));
    let wasm = folder.join(format!("{name}.wasm"));
    // As in index.html.
    project.run(
        project
            .command("wasm-opt")
            .args(["-Os", "--all-features", "--low-memory-unused"])
            .args([
                "--one-caller-inline-max-function-size=50",
                "--flatten",
                "--rereloop",
                "-Os",
                "-Os",
            ])
            .args([
                "--reorder-functions-by-name",
                "--strip-debug",
                "--strip-producers",
                "--strip-target-features",
                "-o",
            ])
            .arg(&wasm)
            .arg(&bound),
    )?;
    Ok((wasm, folder.join(format!("{name}.js"))))
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
                "two-buttons"
            ]
        );
    }
}
