//! The contracts, compiled once and cached outside the checkout.

use std::{
    fs,
    path::{Path, PathBuf},
    process::Command,
    thread,
};

use alloy::primitives::{Bytes, hex, keccak256};
use serde::Deserialize;

use crate::{error::Error, npm};

const GROUPS: [&str; 3] = ["account", "modules", "devnet"];

/// The compiled code of a contract.
#[derive(Clone, Debug, Deserialize)]
#[non_exhaustive]
pub struct Artifact {
    /// The creation code, without constructor arguments, which are appended.
    pub creation: Bytes,
    /// The runtime code, with zeros in place of immutables.
    pub runtime: Bytes,
}

/// The folder of compiled contracts.
#[derive(Clone, Debug)]
pub struct Artifacts(PathBuf);

impl Artifacts {
    /// Loads the contract called `name`.
    ///
    /// # Errors
    /// Fails if the artifact is missing or damaged.
    pub fn load(&self, name: &str) -> Result<Artifact, Error> {
        let path = self.0.join(format!("{name}.json"));
        let json = fs::read(&path).map_err(Error::file(&path))?;
        serde_json::from_slice(&json).map_err(|_| Error::DamagedArtifact(path))
    }

    /// The path of the folder.
    #[must_use]
    pub fn folder(&self) -> &Path {
        &self.0
    }
}

/// Compiles the contracts, unless the same sources were compiled before with the same compiler and settings.
///
/// # Errors
/// Fails if node or a package is missing, or a contract does not compile.
pub fn compile() -> Result<Artifacts, Error> {
    npm::install()?;
    let folder = cache()?.join(fingerprint()?);
    if folder.is_dir() {
        return Ok(Artifacts(folder));
    }

    // Written to a temporary folder and then renamed, so an existing folder is always complete.
    let draft = folder.with_extension(format!("draft-{}", std::process::id()));
    fs::create_dir_all(&draft).map_err(Error::file(&draft))?;
    thread::scope(|scope| {
        let groups = GROUPS.map(|group| (group, scope.spawn(|| compile_group(group, &draft))));
        groups
            .into_iter()
            .try_for_each(|(_, group)| group.join().expect("compiling does not panic"))
    })?;
    match fs::rename(&draft, &folder) {
        // Another process was faster.
        Err(_) if folder.is_dir() => fs::remove_dir_all(&draft).map_err(Error::file(&draft))?,
        renamed => renamed.map_err(Error::file(&folder))?,
    }
    Ok(Artifacts(folder))
}

fn compile_group(group: &str, output: &Path) -> Result<(), Error> {
    eprintln!("devnet: compiling contracts: {group}");
    let script = sources().join("compile.mjs");
    npm::run(Command::new("node").arg(script).arg(group).arg(output), "node")?;
    eprintln!("devnet: compiled contracts: {group}");
    Ok(())
}

fn sources() -> PathBuf {
    npm::folder().join("devnet/contracts")
}

fn cache() -> Result<PathBuf, Error> {
    let base = match (std::env::var_os("XDG_CACHE_HOME"), std::env::var_os("HOME")) {
        (Some(cache), _) if !cache.is_empty() => PathBuf::from(cache),
        (_, Some(home)) => PathBuf::from(home).join(".cache"),
        _ => std::env::temp_dir(),
    };
    let cache = base.join("use-aa/contracts");
    fs::create_dir_all(&cache).map_err(Error::file(&cache))?;
    Ok(cache)
}

/// Hashes the contract sources, the compile script with its settings, and the locked compiler and packages.
fn fingerprint() -> Result<String, Error> {
    let folder = sources();
    let entries = fs::read_dir(&folder).map_err(Error::file(&folder))?;
    let mut files: Vec<_> = entries.filter_map(|entry| Some(entry.ok()?.path())).collect();
    files.sort();

    let mut all = locked_versions()?.into_bytes();
    for path in files {
        all.extend(path.file_name().unwrap_or_default().as_encoded_bytes());
        all.extend(fs::read(&path).map_err(Error::file(path))?);
    }
    Ok(hex::encode(&keccak256(all)[..12]))
}

fn locked_versions() -> Result<String, Error> {
    const PACKAGES: [&str; 4] = [
        "@account-abstraction/contracts",
        "@biconomy-devx/account-contracts-v2",
        "@openzeppelin/contracts",
        "solc",
    ];
    let path = npm::folder().join("package-lock.json");
    let json = fs::read(&path).map_err(Error::file(&path))?;
    let lockfile: serde_json::Value = serde_json::from_slice(&json).map_err(|error| Error::File {
        path,
        source: error.into(),
    })?;
    let versions =
        PACKAGES.map(|name| lockfile["packages"][format!("node_modules/{name}")]["integrity"].to_string());
    Ok(versions.concat())
}
