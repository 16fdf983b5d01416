//! The dapp: its build with trunk, and the `config.json` that it reads.

use std::{
    env, fs,
    path::{Path, PathBuf},
    process::Command,
};

use anyhow::{Context, Result};
use serde_json::{Value, json};

use crate::{devnet::Devnet, print, project::Project};

/// The features of the dapp and of the library in the browser.
pub(crate) const BROWSER_FEATURES: &str = "use-aa/csr,demo/csr";
/// The cargo profile of the published dapp, as in the pages.
pub(crate) const RELEASE_PROFILE: &str = "wasm-release";
/// The environment variable for this program, which trunk runs after a build: no second build of it.
const XTASK: &str = "USE_AA_XTASK";
/// The cargo profile of the dapp and of the wasm tests in browser tests.
pub(crate) const TEST_PROFILE: &str = "e2e";

/// Builds the dapp for release, as it is published.
pub(crate) fn build_release(project: &Project, dist: &Path) -> Command {
    print::announce("Building the dapp for release");
    let mut command = trunk(project);
    command.args(["build", "--release", "--dist"]).arg(dist);
    command
}

/// Builds the dapp for the browser tests, in one piece.
pub(crate) fn build_for_tests(project: &Project, dist: &Path) -> Command {
    print::announce("Building the dapp for its tests");
    let mut command = trunk(project);
    command
        .args(["build", "--cargo-profile", TEST_PROFILE])
        .arg("--dist")
        .arg(dist);
    command
}

/// Serves the dapp with the given `config.json`, and rebuilds it on each change.
pub(crate) fn serve(project: &Project, port: u16, config: &Path) -> Result<Command> {
    // trunk serves the existing files until its first build is complete.
    let dist = project.scratch("dev")?;
    fs::remove_dir_all(&dist).with_context(|| format!("cannot remove {}", dist.display()))?;

    let mut command = trunk(project);
    command
        .args([
            "serve",
            "--disable-address-lookup=true",
            "--address",
            "127.0.0.1",
            "--port",
            &port.to_string(),
            "--dist",
        ])
        .arg(dist)
        .env("USE_AA_CONFIG", config);
    Ok(command)
}

fn trunk(project: &Project) -> Command {
    let mut command = project.command("trunk");
    command
        .args(["--skip-version-check", "--log", "warn"])
        .env("RUST_BACKTRACE", "0")
        .envs(env::current_exe().ok().map(|program| (XTASK, program)))
        .env_remove("USE_AA_CONFIG");
    command
}

/// Writes the `config.json` of a devnet into a folder and returns its path.
pub(crate) fn write_config(devnet: &Devnet, folder: &Path) -> Result<PathBuf> {
    write_config_at(devnet, &devnet.url, folder)
}

/// Writes the `config.json` of a devnet whose services are at another base URL.
pub(crate) fn write_config_at(devnet: &Devnet, url: &str, folder: &Path) -> Result<PathBuf> {
    let path = folder.join("config.json");
    let text = format!("{:#}\n", config(devnet, url));
    fs::write(&path, text)
        .with_context(|| format!("cannot write {}: check its permissions", path.display()))?;
    Ok(path)
}

/// Writes the content security policy of the pages in a folder: they may connect only to the services in its
/// `config.json`.
pub(crate) fn write_policy(project: &Project, folder: &Path) -> Result<()> {
    project.run(project.command("sh").arg("trunk/policy.sh").arg(folder))
}

fn config(devnet: &Devnet, url: &str) -> Value {
    let Devnet {
        chain_id,
        nft,
        token,
        sponsor,
        funded_keys,
        ..
    } = devnet;
    json!({
        "chainId": chain_id,
        "chainName": "Local devnet",
        "rpc": format!("{url}/rpc"),
        "bundler": { "kind": "biconomy", "url": format!("{url}/api/v2/{chain_id}/dev") },
        "paymaster": {
            "kind": "biconomy",
            "url": format!("{url}/api/v1/{chain_id}/dev"),
            "address": sponsor,
        },
        "nexus": {
            "bundler": { "kind": "standard", "url": format!("{url}/bundler") },
            "paymaster": { "kind": "erc7677", "url": format!("{url}/paymaster") },
        },
        "nft": nft,
        "token": token,
        "explorer": null,
        "devKeys": funded_keys,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    /// A difference would compile the dapp twice.
    #[test]
    fn features_and_profile_are_those_that_trunk_has() {
        let trunk = include_str!("../../Trunk.toml");
        let index = include_str!("../../index.html");

        assert!(BROWSER_FEATURES.ends_with(",demo/csr"));
        assert!(trunk.contains("features = [\"csr\"]"));
        let profile = format!("data-cargo-profile-release=\"{RELEASE_PROFILE}\"");
        assert!(index.contains(&profile), "{profile}");
    }
}
