//! The examples and the template, built as their readers build them.

use std::path::{Path, PathBuf};

use anyhow::{Context, Result};

use super::run::Run;
use crate::{
    dapp,
    examples::{KIND, copied, copy, copy_with, kinds, read, remove, write},
    print,
    tools::cargo,
};

/// The pages that trunk builds: the name in the tests, the folder, and the HTML file.
const PAGES: [(&str, &str, &str); 5] = [
    ("template", "template", "index.html"),
    ("two-buttons", "examples/two-buttons", "index.html"),
    ("biconomy-v2", "examples/account-kinds", "biconomy_v2.html"),
    ("nexus", "examples/account-kinds", "nexus.html"),
    ("nexus-7702", "examples/account-kinds", "nexus_7702.html"),
];
/// The package in place of wasm-streams.
const STREAMS: &str = "trunk/wasm-streams";
/// The page that a server renders, and the name of its programs.
const SERVER_RENDERED: (&str, &str, &str) =
    ("examples/server-rendered", "server-rendered", "server_rendered");

/// The programs of the examples.
pub(super) struct Examples {
    /// The folder with a folder of files for each page.
    pub(super) pages: PathBuf,
    /// The server of the page that a server renders.
    pub(super) server: PathBuf,
}

/// Builds all examples and the template.
pub(super) fn build(run: &mut Run<'_>) -> Result<Examples> {
    print::announce("Building the examples");
    let project = run.project;
    let folder = project.scratch("examples")?;
    let manifest = read(&project.root.join("Cargo.toml"))?;
    let settings = settings(&manifest, &project.root).context("Cargo.toml has no profiles")?;
    write(&folder.join(".cargo/config.toml"), &settings)?;
    let pages = folder.join("pages");
    remove(&pages)?;
    let mut sources = PAGES.map(|(_, source, _)| source).to_vec();
    sources.dedup();
    for source in sources {
        copy(project, source, &folder)?;
    }
    for (name, source, html) in PAGES {
        let mut trunk = project.command("trunk");
        trunk
            .current_dir(copied(source, &folder)?)
            .args(["--skip-version-check", "--log", "warn", "build"])
            .args(["--cargo-profile", dapp::TEST_PROFILE, "--dist"])
            .arg(pages.join(name))
            .arg(html);
        run.build(&mut trunk)?;
    }
    check_template(run, &folder)?;
    let server = server_rendered(run, &folder, &pages)?;
    Ok(Examples { pages, server })
}

/// Compiles the template with each other account kind that it offers.
fn check_template(run: &mut Run<'_>, folder: &Path) -> Result<()> {
    for kind in kinds(run.project)?.iter().filter(|kind| *kind != KIND) {
        let app = copy_with(run.project, "template", &folder.join("template-kinds"), kind)?;
        let mut cargo = run.project.command("cargo");
        cargo
            .current_dir(app)
            .args(["check", "--target", cargo::WASM, "--profile", dapp::TEST_PROFILE]);
        run.build(&mut cargo)?;
    }
    Ok(())
}

/// Builds both parts of the page that a server renders, as `cargo leptos` does. Returns the server.
fn server_rendered(run: &mut Run<'_>, folder: &Path, pages: &Path) -> Result<PathBuf> {
    let (project, (source, server, library)) = (run.project, SERVER_RENDERED);
    let app = copy(project, source, folder)?;
    let mut browser = project.command("cargo");
    browser
        .current_dir(&app)
        .args(["build", "--lib", "--features", "hydrate"])
        .args(["--target", cargo::WASM, "--profile", dapp::TEST_PROFILE]);
    run.build(&mut browser)?;
    let built = project.target.join(cargo::WASM).join(dapp::TEST_PROFILE);
    let mut bindgen = project.command("wasm-bindgen");
    bindgen
        .args(["--target", "web", "--no-typescript", "--out-dir"])
        .arg(pages.join(server).join("pkg"))
        .arg(built.join(format!("{library}.wasm")));
    run.build(&mut bindgen)?;
    let mut host = project.command("cargo");
    host.current_dir(&app)
        .args(["build", "--bin", server, "--features", "ssr"]);
    run.build(&mut host)?;
    Ok(project.target.join("debug").join(server))
}

/// Returns settings for cargo with which the packages share compiled crates: the profiles of the workspace's manifest, and
/// its replacement of wasm-streams.
pub(super) fn settings(manifest: &str, root: &Path) -> Option<String> {
    let is_profile = |section: &&str| section.starts_with("profile.");
    let sections = manifest.split("\n[").filter(is_profile);
    let profiles: String = sections.map(|section| format!("[{section}\n")).collect();
    let streams = root.join(STREAMS);
    (!profiles.is_empty())
        .then(|| format!("{profiles}[patch.crates-io]\nwasm-streams = {{ path = {streams:?} }}\n"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn settings_are_the_profiles_without_other_sections() {
        let manifest = "[package]\nname = \"a\"\n\n[profile.dev]\ndebug = false\n\n[lints]\nworkspace = true\n\n[profile.dev.package.\"*\"]\nopt-level = 2\n";
        let root = Path::new("/src");

        let expected = "[profile.dev]\ndebug = false\n\n[profile.dev.package.\"*\"]\nopt-level = 2\n\n[patch.crates-io]\nwasm-streams = { path = \"/src/trunk/wasm-streams\" }\n";
        assert_eq!(settings(manifest, root).as_deref(), Some(expected));
        assert_eq!(settings("[package]\n", root), None);
    }

    #[test]
    fn workspace_has_the_profile_of_the_tests() {
        let settings = settings(include_str!("../../../Cargo.toml"), Path::new("/src")).unwrap();

        assert!(settings.contains(&format!("[profile.{}]", dapp::TEST_PROFILE)));
        let table: toml::Table = settings.parse().unwrap();
        assert_eq!(table.keys().collect::<Vec<_>>(), ["patch", "profile"]);
    }
}
