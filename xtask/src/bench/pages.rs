//! `cargo xtask bench pages`: the pages of the library beside that of the TypeScript original, in Chromium.

use std::{
    collections::BTreeMap,
    ffi::OsStr,
    fs,
    path::{Path, PathBuf},
    process::ExitCode,
};

use anyhow::{Context, Result};
use serde_json::{Value, json};

use super::results::{empty_folder, number};
use crate::{
    acts, dapp,
    devnet::Devnet,
    print,
    project::Project,
    setup,
    tools::{chromium::Chromium, npm},
};

const ORIGINAL: &str = "original";
const TWO_BUTTONS: &str = "two buttons";
const DAPP: &str = "dapp";

/// The port of the page of two buttons, whose services have the same port in `end2end/bench/pages`.
const PORT: u16 = 8599;

/// The measurements by name and page, one for each round.
type Found = BTreeMap<String, BTreeMap<String, Vec<Option<f64>>>>;

pub(super) fn run(project: &Project, rounds: u32) -> Result<ExitCode> {
    setup::dapp(project)?;
    setup::chain(project)?;
    npm::shrinkers(project)?;
    let chromium = Chromium::install(project)?;
    let folder = empty_folder(project, "pages")?;
    let original = original(project)?;
    let two_buttons = two_buttons(project, &folder)?;
    let dist = folder.join(DAPP);
    project.run(&mut dapp::compile_release(project))?;
    project.run(&mut dapp::build_release(project, &dist))?;

    let devnet = Devnet::start(project, 0)?;
    let ports = PORT..;
    dapp::write_config_at(&devnet, &format!("http://127.0.0.1:{}", PORT + 2), &dist)?;
    dapp::write_policy(project, &dist)?;
    let pages = [(TWO_BUTTONS, &two_buttons), (ORIGINAL, &original), (DAPP, &dist)];
    let pages = pages.into_iter().zip(ports);
    let pages = pages.map(|((name, folder), port)| json!({"name": name, "folder": folder, "port": port}));
    let task = json!({"devnet": devnet.url, "rounds": rounds, "pages": pages.collect::<Vec<_>>()});
    print::announce(&format!("Measuring the pages in turn, {rounds} rounds"));
    let printed = project.output(
        project
            .command("node")
            .arg("end2end/bench/compare.mjs")
            .env("TASK", task.to_string())
            .env("CHROMIUM", &chromium.shell)
            .env("CHROMIUM_ARGS", Chromium::arguments(project)?.join(" ")),
    );
    devnet.stop(project)?;
    let mut printed: Value = serde_json::from_str(&printed?).context("the measurements are not JSON")?;
    let found = serde_json::from_value(printed["found"].take());
    let found = found.context("the measurements cannot be read")?;
    print::out(format_args!(
        "\nMedians of {rounds} rounds, Chromium {}\n\n{}",
        printed["browser"].as_str().unwrap_or_default(),
        table(&found)
    ));
    Ok(ExitCode::SUCCESS)
}

/// Installs the packages of the original's page and bundles the page. Returns its folder.
fn original(project: &Project) -> Result<PathBuf> {
    const SOURCES: &str = "end2end/bench/original";

    print::announce("Building the page of the original");
    let packages = project.scratch("bench")?.join("original-page");
    let dist = packages.join("dist");
    fs::create_dir_all(&dist).with_context(|| format!("cannot create {}", dist.display()))?;
    for name in ["package.json", "package-lock.json", "page.jsx"] {
        let source = project.root.join(SOURCES).join(name);
        fs::copy(&source, packages.join(name))
            .with_context(|| format!("cannot copy {}", source.display()))?;
    }
    project.run(project.command("npm").current_dir(&packages).args([
        "ci",
        "--no-audit",
        "--no-fund",
        "--loglevel=error",
    ]))?;
    let script = dist.join("page.js");
    project.run(
        project
            .command("esbuild")
            .arg(packages.join("page.jsx"))
            .args(["--bundle", "--minify", "--format=esm", "--jsx=automatic"])
            .args([
                "--define:process.env.NODE_ENV=\"production\"",
                "--define:process.env={}",
            ])
            .args(["--define:global=globalThis", "--log-level=warning"])
            .arg([OsStr::new("--outfile="), script.as_os_str()].join(OsStr::new(""))),
    )?;
    write_page(&dist, r#"<script type="module" src="page.js"></script>"#)?;
    Ok(dist)
}

/// Builds the page of two buttons. Returns its folder.
fn two_buttons(project: &Project, folder: &Path) -> Result<PathBuf> {
    let dist = folder.join("two-buttons");
    fs::create_dir_all(&dist).with_context(|| format!("cannot create {}", dist.display()))?;
    acts::build(project, &["two-buttons"], &dist)?;
    write_page(
        &dist,
        r#"<link rel="preload" href="page-two-buttons_bg.wasm" as="fetch" type="application/wasm" crossorigin><script type="module">import init from "./page-two-buttons.js"; init({ module_or_path: "./page-two-buttons_bg.wasm" })</script>"#,
    )?;
    Ok(dist)
}

fn write_page(folder: &Path, head: &str) -> Result<()> {
    let page = folder.join("index.html");
    let text = format!(
        r#"<!doctype html><html lang="en"><head><meta charset="utf-8"><title>Two buttons</title><link rel="icon" href="data:,">{head}</head><body></body></html>"#
    );
    fs::write(&page, text).with_context(|| format!("cannot write {}", page.display()))
}

fn table(found: &Found) -> String {
    let mut table =
        "| | original | two buttons | ratio | dapp | ratio |\n|---|---:|---:|---:|---:|---:|\n".to_owned();
    for (what, pages) in found {
        let median = |page: &str| pages.get(page).and_then(|values| median(values));
        let original = median(ORIGINAL);
        let shown = |found: Option<f64>| found.map_or_else(String::new, number);
        let ratio = |found: Option<f64>| match (found, original) {
            (Some(found), Some(original)) if original > 0.0 => format!("{:.3}", found / original),
            _ => String::new(),
        };
        let (two, dapp) = (median(TWO_BUTTONS), median(DAPP));
        table += &format!(
            "| {what} | {} | {} | {} | {} | {} |\n",
            shown(original),
            shown(two),
            ratio(two),
            shown(dapp),
            ratio(dapp)
        );
    }
    table
}

/// Returns the median of the measurements, if any.
fn median(values: &[Option<f64>]) -> Option<f64> {
    let mut values = values.iter().copied().flatten().collect::<Vec<_>>();
    values.sort_by(f64::total_cmp);
    let upper = values.get(values.len() / 2).copied()?;
    match values.len() % 2 {
        0 => Some(f64::midpoint(values[values.len() / 2 - 1], upper)),
        _ => Some(upper),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_table_has_medians_and_their_ratios_to_the_original() {
        let values = |found: &[f64]| found.iter().copied().map(Some).collect::<Vec<_>>();
        let pages = BTreeMap::from([
            (ORIGINAL.to_owned(), values(&[30.0, 10.0, 20.0])),
            (TWO_BUTTONS.to_owned(), values(&[4.0, 6.0])),
            (DAPP.to_owned(), vec![None]),
        ]);
        let found = BTreeMap::from([("usable, ms".to_owned(), pages)]);

        assert_eq!(
            table(&found),
            "| | original | two buttons | ratio | dapp | ratio |\n\
             |---|---:|---:|---:|---:|---:|\n\
             | usable, ms | 20.0 | 5.0 | 0.250 |  |  |\n"
        );
        assert_eq!(median(&[]), None);
    }

    #[test]
    fn the_page_of_two_buttons_names_the_port_of_its_services() {
        let library = include_str!("../../../end2end/bench/pages/src/lib.rs");

        assert_eq!(library.matches(&format!("http://127.0.0.1:{PORT}/")).count(), 3);
    }
}
