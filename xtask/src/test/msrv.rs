//! The library with the least Rust that it promises, as an app compiles it: with the newest dependencies that this Rust
//! accepts, which are older than those of `Cargo.lock`.

use std::{fs, path::Path};

use anyhow::{Context, Result};
use serde_json::Value;

use super::{run::Run, tally::Tally};
use crate::{print, project::Project, tools::cargo};

/// The features of the app for each target. `None` is the host.
const BUILDS: [(&str, Option<&str>); 2] = [("file-store", None), ("csr", Some(cargo::WASM))];

pub(super) fn msrv(run: &mut Run<'_>) -> Result<Tally> {
    let project = run.project;
    let manifest = fs::read_to_string(project.root.join("Cargo.toml")).context("cannot read Cargo.toml")?;
    let least = rust_version(&manifest)?;
    let folder = project.scratch("msrv")?;
    write_app(&folder, &app(&least, &project.root))?;

    // The resolver looks at the app's `rust-version`.
    run.build(
        project
            .command("cargo")
            .current_dir(&folder)
            .arg("generate-lockfile"),
    )?;
    let newer = newer(&packages(project, &folder)?, &least);
    if !newer.is_empty() {
        print::err(format_args!(
            "error: Rust {least} cannot compile {}: raise `rust-version` in Cargo.toml",
            newer.join(", ")
        ));
        return Ok(Tally::failure());
    }
    if let Err(error) = cargo::toolchain(project, &least) {
        print::out(format_args!(
            "Rust {least} is not available, so only the demands of the dependencies were compared: {error:#}"
        ));
        return Ok(Tally::default());
    }

    let mut sum = Tally::default();
    for (features, target) in BUILDS {
        let mut command = project.command("rustup");
        command
            .current_dir(&folder)
            .args(["run", &least, "cargo", "check"])
            // `.cargo/config.toml` has options of a newer LLVM.
            .env("RUSTFLAGS", "");
        command.args(["--features", features]);
        if let Some(target) = target {
            command.args(["--target", target]);
        }
        sum = sum + run.check(&mut command)?;
    }
    Ok(sum)
}

/// Reads the `rust-version` of the workspace.
///
/// # Errors
/// Fails if the manifest has none.
fn rust_version(manifest: &str) -> Result<String> {
    let manifest: toml::Table = manifest.parse().context("Cargo.toml is no TOML")?;
    let package = manifest
        .get("workspace")
        .and_then(|workspace| workspace.get("package"));
    let version = package.and_then(|package| package.get("rust-version")?.as_str());
    version
        .map(str::to_owned)
        .context("Cargo.toml names no `rust-version`: add it to [workspace.package]")
}

/// Returns the manifest of an app outside the workspace.
fn app(least: &str, library: &Path) -> String {
    format!(
        r#"[package]
name = "msrv"
version = "0.0.0"
edition = "2024"
rust-version = "{least}"
publish = false

[workspace]
resolver = "3"

[features]
csr = ["use-aa/csr"]
file-store = ["use-aa/file-store"]

[dependencies]
use-aa = {{ path = {library:?} }}
"#
    )
}

fn write_app(folder: &Path, manifest: &str) -> Result<()> {
    let write = |name: &str, text: &str| {
        let path = folder.join(name);
        fs::write(&path, text).with_context(|| format!("cannot write {}", path.display()))
    };
    fs::create_dir_all(folder.join("src")).with_context(|| format!("cannot create {}", folder.display()))?;
    write("Cargo.toml", manifest)?;
    write("src/lib.rs", "")
}

/// Returns the packages that the app is made of on both targets, as `cargo metadata` describes them.
fn packages(project: &Project, folder: &Path) -> Result<Value> {
    let mut command = project.command("cargo");
    command
        .current_dir(folder)
        .args(["metadata", "--format-version", "1", "--locked"])
        .args(["--features", "csr,file-store", "--filter-platform", cargo::WASM])
        .args(["--filter-platform", "x86_64-unknown-linux-gnu"]);
    serde_json::from_str(&project.output(&mut command)?).context("cargo metadata printed no JSON")
}

/// Returns the packages that ask for a newer Rust, each with its version and the Rust that it asks for.
fn newer(metadata: &Value, least: &str) -> Vec<String> {
    let text = |value: &Value| value.as_str().unwrap_or_default().to_owned();
    let packages = metadata["packages"].as_array().into_iter().flatten();
    let newer = packages.filter(|package| {
        let asked = package["rust_version"].as_str();
        asked.is_some_and(|asked| parts(asked) > parts(least))
    });
    newer
        .map(|package| {
            let [name, version, rust] = ["name", "version", "rust_version"].map(|key| text(&package[key]));
            format!("{name} {version} (needs {rust})")
        })
        .collect()
}

/// Returns the parts of a Rust version. A missing part is 0.
fn parts(version: &str) -> [u32; 3] {
    let mut numbers = version.split('.').map(|part| part.parse().unwrap_or_default());
    [(); 3].map(|()| numbers.next().unwrap_or_default())
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn the_workspace_names_its_least_rust() {
        let version = rust_version(include_str!("../../../Cargo.toml")).unwrap();

        assert!(parts(&version) >= [1, 85, 0], "{version}");
        let promise = format!("It compiles with Rust {version}.");
        assert!(
            include_str!("../../../README.md").contains(&promise),
            "README.md: {promise}"
        );
        assert!(rust_version("[workspace.package]\n").is_err());
    }

    #[test]
    fn packages_for_a_newer_rust_are_named() {
        let metadata = json!({ "packages": [
            { "name": "old", "version": "1.0.0", "rust_version": "1.9" },
            { "name": "equal", "version": "1.0.0", "rust_version": "1.91.0" },
            { "name": "silent", "version": "1.0.0", "rust_version": null },
            { "name": "new", "version": "2.5.0", "rust_version": "1.94.1" },
        ] });

        assert_eq!(newer(&metadata, "1.91"), ["new 2.5.0 (needs 1.94.1)"]);
        assert!(newer(&metadata, "1.94.1").is_empty());
    }
}
