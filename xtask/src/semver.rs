//! `cargo xtask semver`: compares the public API with that of the newest release.

use std::process::ExitCode;

use anyhow::{Context, Result};
use clap::Args;

use crate::{print, project::Project, tools::cargo};

/// The features that add items, as on docs.rs. Those that select how Leptos renders exclude each other.
const FEATURES: &str = "hooks,file-store";

#[derive(Args)]
pub(crate) struct Semver {
    /// Compare with this commit in place of the newest tag `v*`
    #[arg(long)]
    baseline: Option<String>,
}

impl Semver {
    pub(crate) fn run(&self, project: &Project) -> Result<ExitCode> {
        let Some(baseline) = self.baseline.clone().or_else(|| release(project)) else {
            print::out("There is no tag `v*` before this commit, so there is no release to compare with.");
            return Ok(ExitCode::SUCCESS);
        };
        cargo::semver_checks(project)?;
        print::announce(&format!("Comparing the public API with {baseline}"));
        let status = project
            .command("cargo")
            .args(["semver-checks", "--package", "use-aa"])
            .args(["--baseline-rev", &baseline])
            .args(["--only-explicit-features", "--features", FEATURES])
            .status()
            .context("cargo semver-checks did not start")?;
        Ok(match status.success() {
            true => ExitCode::SUCCESS,
            false => ExitCode::FAILURE,
        })
    }
}

/// Returns the tag of the newest release before this commit.
fn release(project: &Project) -> Option<String> {
    let mut git = project.command("git");
    git.args(["describe", "--tags", "--abbrev=0", "--match", "v[0-9]*"]);
    let tag = project.output(&mut git).ok()?;
    Some(tag.trim().to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_compared_features_are_those_of_docs_rs() {
        let manifest: toml::Table = include_str!("../../Cargo.toml").parse().unwrap();
        let documented: Vec<String> = manifest["package"]["metadata"]["docs"]["rs"]["features"]
            .clone()
            .try_into()
            .unwrap();

        assert_eq!(FEATURES, documented.join(","));
    }
}
