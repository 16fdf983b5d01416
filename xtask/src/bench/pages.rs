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

use super::{
    rates::{self, PerSecond},
    results::{empty_folder, number},
};
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
const ABSTRACTJS: &str = "abstractjs";
const NEXUS: &str = "Nexus";

/// The port of the page of two buttons, whose services have the same port in `end2end/bench/pages`.
const PORT: u16 = 8599;

/// The measurements by name and page, one for each round.
type Found = BTreeMap<String, BTreeMap<String, Vec<Option<f64>>>>;

/// A page of a comparison.
struct Page<'a> {
    name: &'static str,
    /// The clicks in the page, by their name in `end2end/bench/compare.mjs`.
    steps: &'static str,
    folder: &'a Path,
}

/// Measures the pages on Biconomy V2.
pub(super) fn run(project: &Project, rounds: u32) -> Result<ExitCode> {
    setup::dapp(project)?;
    setup::release(project)?;
    let folder = empty_folder(project, "pages")?;
    let original = original(project, "original", "page.jsx")?;
    let two_buttons = act(project, &folder, "two-buttons")?;
    let dist = folder.join(DAPP);
    project.run(&mut dapp::build_release(project, &dist))?;

    let devnet = Devnet::start(project, 0)?;
    dapp::write_config_at(&devnet, &format!("http://127.0.0.1:{}", PORT + 2), &dist)?;
    dapp::write_policy(project, &dist)?;
    let page = |name, steps, folder| Page { name, steps, folder };
    let pages = [
        page(TWO_BUTTONS, ORIGINAL, &two_buttons),
        page(ORIGINAL, ORIGINAL, &original),
        page(DAPP, DAPP, &dist),
    ];
    compare(project, devnet, rounds, &pages, ORIGINAL, |found| {
        let (library, original) = rates::in_chromium(project)?;
        add_rates(found, &library, &original);
        Ok(())
    })
}

/// Adds what both can do to the table: how often a second, in a page without any other work.
fn add_rates(found: &mut Found, library: &PerSecond, original: &PerSecond) {
    for (name, original) in original {
        if let Some(library) = library.get(name) {
            let row = [(ORIGINAL, original), (TWO_BUTTONS, library)];
            let row = row.map(|(page, rate)| (page.to_owned(), vec![Some(*rate)]));
            found.insert(format!("{name}, per second"), row.into());
        }
    }
}

/// Measures the pages on Nexus.
pub(super) fn run_nexus(project: &Project, rounds: u32) -> Result<ExitCode> {
    let folder = empty_folder(project, "nexus")?;
    let abstractjs = original(project, "nexus", "page.js")?;
    let nexus = act(project, &folder, "nexus")?;
    let devnet = Devnet::start(project, 0)?;
    let page = |name, folder| Page {
        name,
        steps: "nexus",
        folder,
    };
    let pages = [page(NEXUS, &nexus), page(ABSTRACTJS, &abstractjs)];
    compare(project, devnet, rounds, &pages, ABSTRACTJS, |_| Ok(()))
}

/// Measures pages in turn, adds what else is measured, and prints a table with the ratios to one of them. The first page has
/// the port [`PORT`].
fn compare(
    project: &Project,
    devnet: Devnet,
    rounds: u32,
    pages: &[Page<'_>],
    baseline: &str,
    add: impl FnOnce(&mut Found) -> Result<()>,
) -> Result<ExitCode> {
    setup::chain(project)?;
    let chromium = Chromium::install(project)?;
    let others = pages
        .iter()
        .map(|page| page.name)
        .filter(|name| *name != baseline);
    let others = others.collect::<Vec<_>>();
    let pages = pages.iter().zip(PORT..).map(
        |(page, port)| json!({"name": page.name, "steps": page.steps, "folder": page.folder, "port": port}),
    );
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
    let found = serde_json::from_value::<Found>(printed["found"].take());
    let mut found = found.context("the measurements cannot be read")?;
    add(&mut found)?;
    print::out(format_args!(
        "\nMedians of {rounds} rounds, Chromium {}\n\n{}",
        printed["browser"].as_str().unwrap_or_default(),
        table(&found, baseline, &others)
    ));
    Ok(ExitCode::SUCCESS)
}

/// Installs the packages of a page of the original in `end2end/bench` and bundles the page. Returns its folder.
fn original(project: &Project, name: &str, page: &str) -> Result<PathBuf> {
    print::announce("Building the page of the original");
    setup::chain(project)?;
    npm::shrinkers(project)?;
    let packages = project.scratch("bench")?.join(format!("{name}-page"));
    let sources = project.root.join("end2end/bench").join(name);
    let dist = packages.join("dist");
    fs::create_dir_all(&dist).with_context(|| format!("cannot create {}", dist.display()))?;
    for name in ["package.json", "package-lock.json", page] {
        let source = sources.join(name);
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
            .arg(packages.join(page))
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

/// Builds the page of an act. Returns its folder.
fn act(project: &Project, folder: &Path, name: &str) -> Result<PathBuf> {
    let dist = folder.join(name);
    fs::create_dir_all(&dist).with_context(|| format!("cannot create {}", dist.display()))?;
    acts::build(project, &[name], &dist)?;
    write_page(
        &dist,
        &format!(
            r#"<link rel="preload" href="page-{name}_bg.wasm" as="fetch" type="application/wasm" crossorigin><script type="module">import init from "./page-{name}.js"; init({{ module_or_path: "./page-{name}_bg.wasm" }})</script>"#
        ),
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

/// Returns the medians of the pages, with the ratio of each to the first one.
fn table(found: &Found, baseline: &str, others: &[&str]) -> String {
    let heads = others
        .iter()
        .map(|name| format!(" {name} | ratio |"))
        .collect::<String>();
    let mut table = format!(
        "| | {baseline} |{heads}\n|---|---:|{}\n",
        "---:|---:|".repeat(others.len())
    );
    for (what, pages) in found {
        let median = |page: &str| pages.get(page).and_then(|values| median(values));
        let original = median(baseline);
        let shown = |found: Option<f64>| found.map_or_else(String::new, number);
        let ratio = |found: Option<f64>| match (found, original) {
            (Some(found), Some(original)) if original > 0.0 => format!("{:.3}", found / original),
            _ => String::new(),
        };
        table += &format!("| {what} | {} |", shown(original));
        for other in others.iter().map(|name| median(name)) {
            table += &format!(" {} | {} |", shown(other), ratio(other));
        }
        table.push('\n');
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
            table(&found, ORIGINAL, &[TWO_BUTTONS, DAPP]),
            "| | original | two buttons | ratio | dapp | ratio |\n\
             |---|---:|---:|---:|---:|---:|\n\
             | usable, ms | 20.0 | 5.0 | 0.250 |  |  |\n"
        );
        assert_eq!(median(&[]), None);
    }

    #[test]
    fn rates_of_both_are_rows_of_the_table() {
        let rates = |name: &str, rate| PerSecond::from([(name.to_owned(), rate)]);
        let mut found = Found::new();

        add_rates(&mut found, &rates("hash", 300.0), &rates("hash", 100.0));
        add_rates(&mut found, &rates("ours", 300.0), &rates("theirs", 100.0));

        assert_eq!(
            table(&found, ORIGINAL, &[TWO_BUTTONS, DAPP]),
            "| | original | two buttons | ratio | dapp | ratio |\n\
             |---|---:|---:|---:|---:|---:|\n\
             | hash, per second | 100 | 300 | 3.000 |  |  |\n"
        );
    }

    #[test]
    fn the_page_of_two_buttons_names_the_port_of_its_services() {
        let library = include_str!("../../../end2end/bench/pages/src/lib.rs");

        assert_eq!(library.matches(&format!("http://127.0.0.1:{PORT}/")).count(), 5);
    }
}
