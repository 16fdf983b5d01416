//! Installation of the wasm target, other toolchains, trunk, wasm-bindgen, wasm-split-cli, cargo-fuzz and
//! cargo-semver-checks.

use std::{fs, path::Path};

use anyhow::{Context, Result, bail};

use crate::{lockfile, print, project::Project};

/// The compilation target of browser programs.
pub(crate) const WASM: &str = "wasm32-unknown-unknown";
const TRUNK: &str = "0.21.14";
const CARGO_FUZZ: &str = "0.13.1";
const WASM_SPLIT: &str = "0.2.4";
const CARGO_SEMVER_CHECKS: &str = "0.51.0";

/// The least version of LLVM that knows the options in `.cargo/config.toml`: that of Rust 1.95.
const LLVM: u32 = 22;

/// Installs the standard library for wasm.
pub(crate) fn wasm_target(project: &Project) -> Result<()> {
    let version = project.output(project.command("rustc").arg("-vV"))?;
    if llvm(&version).is_some_and(|llvm| llvm < LLVM) {
        bail!("this Rust cannot build the pages: install 1.95 or newer with `rustup update stable`");
    }
    let libraries =
        project.output(
            project
                .command("rustc")
                .args(["--print", "target-libdir", "--target", WASM]),
        )?;
    if Path::new(libraries.trim()).is_dir() {
        return Ok(());
    }

    project.require(
        "rustup",
        "install it from https://rustup.rs, or bring Rust's standard library for wasm32-unknown-unknown yourself",
    )?;
    print::announce("Adding the wasm32-unknown-unknown target");
    project
        .run(project.command("rustup").args(["target", "add", WASM]))
        .context("the wasm target was not added: check the connection and try again")
}

/// Reads the number of LLVM's release in what `rustc -vV` prints. `None` if there is no such number.
fn llvm(version: &str) -> Option<u32> {
    let line = version
        .lines()
        .find_map(|line| line.strip_prefix("LLVM version: "))?;
    line.split('.').next()?.trim().parse().ok()
}

/// Installs a release of Rust with its standard library for wasm, beside the toolchain in use.
pub(crate) fn toolchain(project: &Project, version: &str) -> Result<()> {
    project.require("rustup", "install it from https://rustup.rs")?;
    let rustc = [
        "run",
        version,
        "rustc",
        "--print",
        "target-libdir",
        "--target",
        WASM,
    ];
    let libraries = project.output(project.command("rustup").args(rustc));
    if libraries.is_ok_and(|libraries| Path::new(libraries.trim()).is_dir()) {
        return Ok(());
    }

    print::announce(&format!("Installing Rust {version}"));
    project
        .run(
            project
                .command("rustup")
                .args(["toolchain", "install", version, "--no-self-update"])
                .args(["--profile", "minimal", "--target", WASM]),
        )
        .with_context(|| format!("Rust {version} was not installed: check the connection and try again"))
}

/// Installs the toolchain component for `cargo {name}`.
pub(crate) fn component(project: &Project, name: &str) -> Result<()> {
    let program = if name == "rustfmt" { "fmt" } else { name };
    let is_there = project.output(project.command("cargo").args([program, "--version"]));
    if is_there.is_ok() {
        return Ok(());
    }

    let cure = format!("install it from https://rustup.rs, or bring {name} yourself");
    project.require("rustup", &cure)?;
    print::announce(&format!("Adding {name}"));
    project
        .run(project.command("rustup").args(["component", "add", name]))
        .with_context(|| format!("{name} was not added: check the connection and try again"))
}

/// Installs trunk, which builds and serves the dapp.
pub(crate) fn trunk(project: &Project) -> Result<()> {
    Program {
        package: "trunk",
        name: "trunk",
        features: None,
        version: TRUNK,
        locked: true,
        opt_level: "0",
    }
    .install(project)
}

/// Checks that a nightly compiler is installed. Coverage counting requires nightly.
pub(crate) fn nightly(project: &Project) -> Result<()> {
    let version = project.output(
        project
            .command("rustup")
            .args(["run", "nightly", "rustc", "--version"]),
    );
    version.map(drop).context(
        "fuzzing needs a nightly compiler: bring it with `rustup toolchain install nightly --profile minimal`",
    )
}

/// Installs cargo-fuzz, which builds and runs the fuzz targets.
pub(crate) fn fuzz(project: &Project) -> Result<()> {
    Program {
        package: "cargo-fuzz",
        name: "cargo-fuzz",
        features: None,
        version: CARGO_FUZZ,
        locked: true,
        opt_level: "0",
    }
    .install(project)
}

/// Installs wasm-split-cli, which splits the published dapp into its parts.
pub(crate) fn wasm_split(project: &Project) -> Result<()> {
    Program {
        package: "wasm_split_cli_support",
        name: "wasm-split-cli",
        features: Some("build-binary"),
        version: WASM_SPLIT,
        locked: true,
        opt_level: "1",
    }
    .install(project)
}

/// Installs cargo-semver-checks, which compares public APIs.
pub(crate) fn semver_checks(project: &Project) -> Result<()> {
    Program {
        package: "cargo-semver-checks",
        name: "cargo-semver-checks",
        features: None,
        version: CARGO_SEMVER_CHECKS,
        locked: true,
        opt_level: "0",
    }
    .install(project)
}

/// Installs wasm-bindgen with its test runner, in the version of `Cargo.lock`.
pub(crate) fn wasm_bindgen(project: &Project) -> Result<()> {
    let lock = project.root.join("Cargo.lock");
    let lock = fs::read_to_string(&lock).with_context(|| format!("cannot read {}", lock.display()))?;
    let version = lockfile::version_of(&lock, "wasm-bindgen").context(
        "Cargo.lock does not name one version of wasm-bindgen: run `cargo update -p wasm-bindgen`",
    )?;

    Program {
        package: "wasm-bindgen-cli",
        name: "wasm-bindgen",
        features: None,
        version,
        // The lockfile of the package may name crates that were yanked since.
        locked: false,
        // wasm-bindgen runs at each rebuild of the dapp, which repays the longer compilation.
        opt_level: "1",
    }
    .install(project)
}

/// A program from crates.io, compiled once for each version.
struct Program<'a> {
    package: &'a str,
    /// The name of the program.
    name: &'a str,
    features: Option<&'a str>,
    version: &'a str,
    locked: bool,
    opt_level: &'a str,
}

impl Program<'_> {
    fn install(&self, project: &Project) -> Result<()> {
        let Self {
            package,
            name,
            version,
            ..
        } = self;
        let root = project.cache.join(format!("{name}-{version}"));
        project.add_tools(root.join("bin"));
        // Cargo moves the program there as its last step.
        if root.join("bin").join(name).is_file() {
            return Ok(());
        }

        print::announce(&format!("Compiling {package} {version} (once, a few minutes)"));
        let build = project.cache.join(format!("build-{name}-{version}"));
        fs::create_dir_all(&build)
            .with_context(|| format!("cannot create {}: check its permissions", build.display()))?;
        project
            .run(
                project
                    .command("cargo")
                    .current_dir(&build)
                    .env("CARGO_TARGET_DIR", &build)
                    .env("CARGO_PROFILE_DEV_DEBUG", "0")
                    .env("CARGO_PROFILE_DEV_OPT_LEVEL", self.opt_level)
                    .args(["install", package, "--version", version, "--debug", "--root"])
                    .arg(&root)
                    .args(self.locked.then_some("--locked"))
                    .args(
                        self.features
                            .map(|features| ["--features", features])
                            .into_iter()
                            .flatten(),
                    ),
            )
            .with_context(|| {
                format!(
                    "{package} {version} was not installed: check the connection to crates.io and try again"
                )
            })?;

        // The build folder is by far the largest part of the cache, and is not needed again.
        fs::remove_dir_all(&build).with_context(|| format!("cannot remove {}", build.display()))
    }
}

#[cfg(test)]
mod tests {
    use super::llvm;

    #[test]
    fn number_of_llvm_is_read() {
        let version = "rustc 1.95.0 (000000000 2026-04-01)\nbinary: rustc\nLLVM version: 22.1.2\n";

        assert_eq!(llvm(version), Some(22));
        assert_eq!(llvm("rustc 1.95.0\nLLVM version: unknown\n"), None);
        assert_eq!(llvm("rustc 1.95.0\n"), None);
    }
}
