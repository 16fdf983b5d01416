//! `cargo xtask fuzz`: runs the fuzz targets of the library, and keeps the failing inputs.

use std::{
    ffi::OsString,
    fmt,
    fs::{self, File},
    io::{BufRead, BufReader, Write},
    path::{Path, PathBuf},
    process::{Command, ExitCode, Stdio},
    time::{Duration, Instant},
};

use anyhow::{Context, Result, bail};
use clap::Args;

use crate::{print, project::Project, tools::cargo};

/// The folder of the fuzz targets, their seeds and findings.
const FOLDER: &str = "end2end/fuzz";
/// The time limit for minimizing a finding, in seconds.
const MINIMIZE: u32 = 60;

#[derive(Args)]
pub(crate) struct Fuzz {
    /// Run this target alone
    target: Option<String>,
    /// Running time of each target, in seconds
    #[arg(long, default_value_t = 600, value_parser = clap::value_parser!(u32).range(1..))]
    seconds: u32,
}

impl Fuzz {
    pub(crate) fn run(&self, project: &Project) -> Result<ExitCode> {
        let targets = self.targets(&project.root.join(FOLDER))?;
        cargo::nightly(project)?;
        cargo::fuzz(project)?;
        print::announce("Building the targets");
        project.run(cargo_fuzz(project, "build").args(&self.target))?;

        let mut outcomes = Vec::new();
        for target in targets {
            print::announce(&format!("{target}: {} s", self.seconds));
            outcomes.push(Target::new(project, &target)?.run(self.seconds)?);
        }
        println!();
        outcomes.iter().for_each(|outcome| println!("{outcome}"));
        Ok(match outcomes.iter().all(|outcome| outcome.found.is_empty()) {
            true => ExitCode::SUCCESS,
            false => ExitCode::FAILURE,
        })
    }

    /// Returns the requested target, or all targets.
    fn targets(&self, folder: &Path) -> Result<Vec<String>> {
        let folder = folder.join("targets");
        let entries = fs::read_dir(&folder).with_context(|| format!("cannot read {}", folder.display()))?;
        let names = entries.map(|entry| Ok(entry?.path().file_stem().map(OsString::from)));
        let names = names.collect::<Result<Vec<_>>>()?.into_iter().flatten();
        let mut targets = names
            .map(|name| name.to_string_lossy().into_owned())
            .collect::<Vec<_>>();
        targets.sort();
        match &self.target {
            Some(target) if !targets.contains(target) => {
                bail!(
                    "there is no target {target}: choose one of {}",
                    targets.join(", ")
                )
            }
            Some(target) => Ok(vec![target.clone()]),
            None => Ok(targets),
        }
    }
}

/// Creates a cargo-fuzz command under a nightly compiler, which cargo-fuzz requires. The library has no unsafe code for
/// a sanitizer to check.
fn cargo_fuzz(project: &Project, subcommand: &str) -> Command {
    let mut command = project.command("rustup");
    command
        .args(["run", "nightly", "cargo", "fuzz", subcommand])
        .args(["--fuzz-dir", FOLDER, "--sanitizer", "none"])
        .env("CARGO_TARGET_DIR", project.target.join("fuzz"));
    command
}

/// A fuzz target with its files.
struct Target<'a> {
    project: &'a Project,
    name: &'a str,
    /// The corpus, which grows with each run and is not kept in git.
    corpus: PathBuf,
    /// The findings of this run before minimization.
    found: PathBuf,
    log: PathBuf,
}

impl<'a> Target<'a> {
    fn new(project: &'a Project, name: &'a str) -> Result<Self> {
        let scratch = project.scratch("fuzz")?.join(name);
        let target = Self {
            project,
            name,
            corpus: scratch.join("corpus"),
            found: scratch.join("found"),
            log: scratch.join("log"),
        };
        if target.found.exists() {
            fs::remove_dir_all(&target.found)
                .with_context(|| format!("cannot remove {}", target.found.display()))?;
        }
        for folder in [&target.corpus, &target.found] {
            fs::create_dir_all(folder).with_context(|| format!("cannot create {}", folder.display()))?;
        }
        Ok(target)
    }

    fn run(&self, seconds: u32) -> Result<Outcome> {
        let mut command = cargo_fuzz(self.project, "run");
        command
            .arg(self.name)
            .arg(&self.corpus)
            .arg(format!("{FOLDER}/seeds/{}", self.name))
            .args(["--", "-timeout=10", "-rss_limit_mb=2048", "-max_len=16384"])
            .args(["-print_final_stats=1", &format!("-max_total_time={seconds}")])
            .arg(option(
                "-dict=",
                &self.project.root.join(FOLDER).join("json.dict"),
            ))
            .arg(option("-artifact_prefix=", &self.found.join("")));
        let mut child = command
            .stderr(Stdio::piped())
            .spawn()
            .context("cargo-fuzz did not start")?;
        let output = child.stderr.take().context("cargo-fuzz has no output")?;
        let mut outcome = self.follow(BufReader::new(output))?;
        let status = child.wait().context("cargo-fuzz does not end")?;

        outcome.found = self.findings()?;
        if !status.success() && outcome.found.is_empty() {
            bail!("{} did not run, see {}", self.name, self.log.display());
        }
        Ok(outcome)
    }

    /// Copies libFuzzer's output to the log, and reports progress every 30 seconds.
    fn follow(&self, output: impl BufRead) -> Result<Outcome> {
        const EVERY: Duration = Duration::from_secs(30);

        let mut log = File::create(&self.log).context("cannot keep the log")?;
        let mut outcome = Outcome::new(self.name);
        let mut told = Instant::now();
        for line in output.split(b'\n') {
            let line = line.context("cargo-fuzz cannot be heard")?;
            outcome.read(&String::from_utf8_lossy(&line));
            log.write_all(&line).and_then(|()| log.write_all(b"\n"))?;
            if told.elapsed() >= EVERY {
                told = Instant::now();
                eprintln!("    {outcome}");
            }
        }
        Ok(outcome)
    }

    /// Minimizes the findings of this run and moves them to the folder that the tests replay.
    fn findings(&self) -> Result<Vec<PathBuf>> {
        let mut kept = Vec::new();
        for entry in fs::read_dir(&self.found)? {
            let found = entry?.path();
            let name = found.file_name().unwrap_or_default();
            let place = Path::new(FOLDER).join("findings").join(self.name);
            fs::create_dir_all(self.project.root.join(&place))?;
            let place = place.join(name);
            fs::copy(&found, self.project.root.join(&place))?;
            if name.to_string_lossy().starts_with("crash") {
                self.minimize(&found, &self.project.root.join(&place))?;
            }
            kept.push(place);
        }
        Ok(kept)
    }

    /// Writes the smallest input that fails in the same way. Writes nothing if there is no smaller one.
    fn minimize(&self, found: &Path, place: &Path) -> Result<()> {
        let mut command = cargo_fuzz(self.project, "run");
        command
            .arg(self.name)
            .arg(found)
            .args(["--", "-minimize_crash=1", &format!("-max_total_time={MINIMIZE}")])
            .arg(option("-exact_artifact_path=", place))
            .stdout(Stdio::null())
            .stderr(Stdio::null());
        // The exit status is always a failure: minimization ends when no smaller input fails.
        command.status().context("cargo-fuzz did not start").map(drop)
    }
}

fn option(name: &str, path: &Path) -> OsString {
    let mut option = OsString::from(name);
    option.push(path);
    option
}

/// The result of running a target.
#[derive(Debug, Default, PartialEq)]
struct Outcome {
    target: String,
    runs: u64,
    /// The number of code locations that were reached.
    coverage: u64,
    found: Vec<PathBuf>,
}

impl Outcome {
    fn new(target: &str) -> Self {
        Self {
            target: target.to_owned(),
            ..Self::default()
        }
    }

    /// Reads the figures from a line of libFuzzer's output, such as `#4096 pulse  cov: 512 ft: 1024`.
    fn read(&mut self, line: &str) {
        let mut words = line.split_whitespace();
        let first = words.next().unwrap_or_default();
        if let Some(runs) = first.strip_prefix('#').and_then(|runs| runs.parse().ok()) {
            self.runs = runs;
        }
        if words.any(|word| word == "cov:") {
            let coverage = words.next().and_then(|coverage| coverage.parse().ok());
            self.coverage = coverage.unwrap_or(self.coverage);
        }
    }
}

impl fmt::Display for Outcome {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self {
            target,
            runs,
            coverage,
            found,
        } = self;
        write!(f, "{target:<12}{runs:>12} runs{coverage:>8} covered  ")?;
        match found.as_slice() {
            [] => f.write_str("nothing found"),
            found => {
                let paths = found.iter().map(|path| path.display().to_string());
                write!(f, "found {}", paths.collect::<Vec<_>>().join(", "))
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn figures_are_taken_out_of_libfuzzer_s_lines() {
        let mut outcome = Outcome::new("store");

        for line in [
            "INFO: seed corpus: files: 6 min: 45b",
            "#7\tINITED cov: 907 ft: 1222 corp: 6/6194b exec/s: 0 rss: 28Mb",
            "#4096\tpulse  cov: 1691 ft: 6775 corp: 601/1027Kb lim: 2834 exec/s: 1638 rss: 32Mb",
            "#42606\tDONE   cov: 1692 ft: 6776 corp: 601/1027Kb",
            "Done 42606 runs in 26 second(s)",
        ] {
            outcome.read(line);
        }

        assert_eq!((outcome.runs, outcome.coverage), (42_606, 1_692));
        assert_eq!(
            outcome.to_string(),
            "store              42606 runs    1692 covered  nothing found"
        );
    }

    #[test]
    fn a_target_that_is_not_there_is_an_error_that_names_the_others() {
        let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("..").join(FOLDER);
        let fuzz = |target: Option<&str>| Fuzz {
            target: target.map(str::to_owned),
            seconds: 1,
        };

        let all = fuzz(None).targets(&folder).unwrap();
        let one = fuzz(Some("store")).targets(&folder).unwrap();
        let none = fuzz(Some("shop")).targets(&folder).unwrap_err().to_string();

        assert!(all.contains(&"answers".to_owned()) && all.is_sorted(), "{all:?}");
        assert_eq!(one, ["store"]);
        assert!(none.contains("shop") && none.contains("answers, "), "{none}");
    }
}
