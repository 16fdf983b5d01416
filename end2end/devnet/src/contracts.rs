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

/// The groups of contracts that compile in parallel.
const GROUPS: [&str; 5] = ["account", "modules", "nexus", "proxy", "devnet"];

/// The compiled code of a contract.
#[derive(Clone, Debug, Deserialize)]
#[non_exhaustive]
pub struct Artifact {
    /// The creation code, without constructor arguments, which are appended.
    pub creation: Bytes,
    /// The runtime code, with zeros in place of immutables.
    pub runtime: Bytes,
}

/// The compiled contracts, in one folder for each group.
#[derive(Clone, Debug)]
pub struct Artifacts {
    cache: PathBuf,
    groups: Vec<PathBuf>,
}

impl Artifacts {
    /// Loads the contract called `name`.
    ///
    /// # Errors
    /// Fails if the artifact is missing or damaged.
    pub fn load(&self, name: &str) -> Result<Artifact, Error> {
        let file = format!("{name}.json");
        let mut paths = self.groups.iter().map(|group| group.join(&file));
        let found = paths.find(|path| path.is_file());
        let path = found.unwrap_or_else(|| self.cache.join(&file));
        let json = fs::read(&path).map_err(Error::file(&path))?;
        serde_json::from_slice(&json).map_err(|_| Error::DamagedArtifact(path))
    }

    /// The path of the folder that holds the folders of all groups.
    #[must_use]
    pub fn folder(&self) -> &Path {
        &self.cache
    }
}

/// Compiles the contracts. A group is skipped if the same sources were compiled before with the same compiler and
/// settings.
///
/// # Errors
/// Fails if node or a package is missing, or a contract does not compile.
pub fn compile() -> Result<Artifacts, Error> {
    npm::install()?;
    let cache = cache()?;
    let groups = thread::scope(|scope| {
        let groups = GROUPS.map(|group| scope.spawn(|| compile_group(group, &cache)));
        let groups = groups.into_iter();
        groups
            .map(|group| group.join().expect("compiling does not panic"))
            .collect::<Result<_, _>>()
    })?;
    Ok(Artifacts { cache, groups })
}

/// Compiles a group, unless it is cached, and returns its folder.
fn compile_group(group: &str, cache: &Path) -> Result<PathBuf, Error> {
    let folder = cache.join(format!("{group}-{}", fingerprint(group)?));
    if folder.is_dir() {
        return Ok(folder);
    }

    // Written to a temporary folder and then renamed, so an existing folder is always complete.
    let draft = folder.with_extension(format!("draft-{}", std::process::id()));
    fs::create_dir_all(&draft).map_err(Error::file(&draft))?;
    eprintln!("devnet: compiling contracts: {group}");
    let script = sources().join("compile.mjs");
    npm::run(Command::new("node").arg(script).arg(group).arg(&draft), "node")?;
    eprintln!("devnet: compiled contracts: {group}");
    match fs::rename(&draft, &folder) {
        // Another process was faster.
        Err(_) if folder.is_dir() => fs::remove_dir_all(&draft).map_err(Error::file(&draft))?,
        renamed => renamed.map_err(Error::file(&folder))?,
    }
    Ok(folder)
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

/// Hashes the sources of a group, the compile script with its settings, and the locked compilers and packages.
fn fingerprint(group: &str) -> Result<String, Error> {
    let own = sources();
    let mut files = match group {
        "devnet" => files(&own)?,
        "nexus" | "proxy" => [files(&own.join("nexus"))?, files(&own.join("nexus/policies"))?].concat(),
        // From a package alone.
        _ => Vec::new(),
    };
    files.retain(|path| path.extension().is_some_and(|extension| extension == "sol"));
    files.push(own.join("compile.mjs"));
    files.sort();

    let mut all = locked_versions()?.into_bytes();
    for path in files {
        all.extend(path.file_name().unwrap_or_default().as_encoded_bytes());
        all.extend(fs::read(&path).map_err(Error::file(path))?);
    }
    Ok(hex::encode(&keccak256(all)[..12]))
}

/// Lists a folder.
fn files(folder: &Path) -> Result<Vec<PathBuf>, Error> {
    let entries = fs::read_dir(folder).map_err(Error::file(folder))?;
    Ok(entries.filter_map(|entry| Some(entry.ok()?.path())).collect())
}

fn locked_versions() -> Result<String, Error> {
    const PACKAGES: [&str; 7] = [
        "@account-abstraction/contracts",
        "@biconomy-devx/account-contracts-v2",
        "@openzeppelin/contracts",
        "account-abstraction-0.7",
        "openzeppelin-5",
        "solc",
        "solc-0.8.27",
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
