//! The rates of trees, encodings and signatures, of the library and of the TypeScript original.

use std::{
    collections::{BTreeMap, BTreeSet},
    ffi::OsStr,
    fs,
    path::Path,
    process::{Command, ExitCode},
};

use anyhow::{Context, Result};
use serde_json::Value;

use super::results::{empty_folder, number};
use crate::{
    print,
    project::Project,
    setup,
    tools::{cargo::WASM, chromium::Chromium, headless, npm},
};

/// The rate of each benchmark per second, by name.
pub(super) type PerSecond = BTreeMap<String, f64>;

pub(super) fn run(project: &Project) -> Result<ExitCode> {
    print::announce("Measuring on the host");
    let host = host(project)?;
    let (chromium, original) = in_chromium(project)?;
    print!("\n{}", table(&host, &chromium, &original));
    Ok(ExitCode::SUCCESS)
}

/// Measures the library and the original in Chromium.
pub(super) fn in_chromium(project: &Project) -> Result<(PerSecond, PerSecond)> {
    print::announce("Measuring in Chromium, as the dapp is published");
    let chromium = chromium(project)?;
    print::announce("Measuring the original in Chromium");
    Ok((chromium, original(project)?))
}

fn host(project: &Project) -> Result<PerSecond> {
    let results = empty_folder(project, "host")?;
    let mut command = project.command("cargo");
    project.run(benches(&mut command).env("CRITERION_HOME", &results))?;

    let entries = fs::read_dir(&results).with_context(|| format!("cannot read {}", results.display()))?;
    let mut found = PerSecond::new();
    for entry in entries {
        let folder = entry?.path().join("new");
        if folder.is_dir() {
            let name = json(&folder.join("benchmark.json"))?["full_id"].clone();
            let name = name.as_str().context("criterion gives a bench no name")?;
            found.insert(
                name.to_owned(),
                per_second(&json(&folder.join("estimates.json"))?)?,
            );
        }
    }
    Ok(found)
}

fn chromium(project: &Project) -> Result<PerSecond> {
    let results = empty_folder(project, "chromium")?.join("results.json");
    let mut command = headless::cargo(project)?;
    project.run(
        benches(&mut command)
            .args(["--profile", "wasm-release", "--target", WASM])
            .env("WASM_BINDGEN_BENCH_RESULT", &results)
            .env("WASM_BINDGEN_TEST_TIMEOUT", "1800"),
    )?;

    let results = json(&results)?;
    let results = results
        .as_object()
        .context("wasm-bindgen's results are no object")?;
    let found = results
        .iter()
        .map(|(name, result)| Ok((name.clone(), per_second(&result["estimates"])?)));
    found.collect()
}

fn original(project: &Project) -> Result<PerSecond> {
    setup::chain(project)?;
    npm::esbuild(project)?;
    let chromium = Chromium::install(project)?;
    let bundle = empty_folder(project, "original")?.join("original.js");
    project.run(
        project
            .command("esbuild")
            .args([
                "end2end/bench/original.mjs",
                "--bundle",
                "--minify",
                "--log-level=warning",
            ])
            .args([
                "--format=iife",
                "--global-name=original",
                "--define:global=globalThis",
                "--define:process.env={}",
            ])
            .arg([OsStr::new("--outfile="), bundle.as_os_str()].join(OsStr::new(""))),
    )?;
    let found = project.output(
        project
            .command("node")
            .arg("end2end/bench/chromium.mjs")
            .arg(&bundle)
            .env("CHROMIUM", &chromium.browser)
            .env("CHROMIUM_ARGS", Chromium::arguments(project)?.join(" ")),
    )?;
    serde_json::from_str(&found).context("the original's results cannot be read")
}

fn benches(cargo: &mut Command) -> &mut Command {
    cargo.args(["bench", "--package", "bench", "--bench", "encodings"])
}

fn json(path: &Path) -> Result<Value> {
    let text = fs::read_to_string(path).with_context(|| format!("cannot read {}", path.display()))?;
    serde_json::from_str(&text).with_context(|| format!("{} is no JSON", path.display()))
}

/// Converts criterion's median, in nanoseconds, to a rate per second. The browser reports the same unit.
fn per_second(estimates: &Value) -> Result<f64> {
    let median = estimates["median"]["point_estimate"].as_f64();
    Ok(1e9 / median.context("criterion gives no median")?)
}

fn table(host: &PerSecond, chromium: &PerSecond, original: &PerSecond) -> String {
    let columns = [host, chromium, original];
    let names = columns.iter().flat_map(|column| column.keys());
    let mut table = "| per second | host | Chromium | the original |\n|---|---:|---:|---:|\n".to_owned();
    for name in names.collect::<BTreeSet<_>>() {
        let cells = columns.map(|column| column.get(name).map_or_else(String::new, |found| number(*found)));
        table += &format!("| {name} | {} |\n", cells.join(" | "));
    }
    table
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_table_has_a_row_for_whatever_was_measured_anywhere() {
        let column = |name: &str, found| PerSecond::from([(name.to_owned(), found)]);

        let table = table(&column("a", 1_234_567.8), &column("a", 999.6), &column("b", 2.04));

        assert_eq!(
            table,
            "| per second | host | Chromium | the original |\n\
             |---|---:|---:|---:|\n\
             | a | 1,234,568 | 1,000 |  |\n\
             | b |  |  | 2.0 |\n"
        );
    }

    #[test]
    fn nanoseconds_become_times_a_second() {
        let estimates = serde_json::json!({ "median": { "point_estimate": 250.0 } });

        assert_eq!(per_second(&estimates).unwrap(), 4e6);
        assert!(per_second(&Value::Null).is_err());
    }
}
