//! `cargo xtask test`: every check and every test, or some steps of them.

use std::{process::ExitCode, time::Instant};

use anyhow::{Result, bail};
use clap::{Args, ValueEnum};

use crate::{
    disk, print,
    project::Project,
    tools::{cargo, chromium::Chromium, npm},
};

mod browser;
mod changed;
mod devnets;
mod lints;
mod package;
mod report;
mod run;
mod runner;
mod suites;
mod tally;

use report::Report;
use run::{Outcome, Run};
use runner::Fatal;
use tally::Tally;

#[derive(Args)]
pub(crate) struct Test {
    /// Stop at the first step that fails
    #[arg(long)]
    fail_fast: bool,
    /// Run only the steps that uncommitted changes, and commits since the branch left its upstream or main, can affect
    #[arg(long, conflicts_with = "step")]
    changed: bool,
    /// Run this step alone
    step: Option<Step>,
    /// Handed on to the step's test runner, for example the name of a test
    #[arg(trailing_var_arg = true, allow_hyphen_values = true)]
    args: Vec<String>,
}

/// The steps, in the order in which they run.
#[derive(Clone, Copy, Debug, PartialEq, ValueEnum)]
enum Step {
    /// rustfmt leaves every file as it is
    Fmt,
    /// clippy has nothing to say, on the host and for wasm, with Leptos and without
    Clippy,
    /// The tests that need neither a chain nor a browser: of the library, its hooks, and these commands
    Unit,
    /// The client, the vectors, and what the dapp reads, against devnets
    Core,
    /// The examples of the documentation compile and hold; rustdoc has no warnings
    Doc,
    /// The wasm tests in headless Chromium
    Wasm,
    /// The devnet's own tests
    Devnet,
    /// The published package builds and holds what it should
    Package,
    /// Unmodified @biconomy/account creates and uses a session on our devnet
    Interop,
    /// Playwright drives the dapp in Chromium on devnets
    E2e,
    /// The dapp as it is published starts, and is no larger than it may be
    Release,
}

impl Test {
    pub(crate) fn run(&self, project: &Project) -> Result<ExitCode> {
        let start = Instant::now();
        let all = Step::value_variants();
        let steps = match self.step {
            Some(step) => vec![step],
            None if self.changed => changed::steps(project, all)?,
            None => all.to_vec(),
        };
        prepare(project, &steps)?;

        let mut report = Report::default();
        report.add("setup".to_owned(), Outcome::of_setup(start.elapsed()));
        let mut run = Run::new(project, &steps, &self.args);
        for (number, step) in steps.iter().enumerate() {
            print::out(format_args!("\n======== {} ========", step.name()));
            let (outcome, error) = run.step(*step);
            print::out(format_args!("-------- {}: {}", step.name(), outcome.tally));
            let ends = self.fail_fast && !outcome.tally.holds();
            report.add(step.name(), outcome);
            let is_fatal = error.is_some_and(|error| tell(project, &error));
            if ends || is_fatal {
                report.left = steps[number + 1..].to_vec();
                break;
            }
        }
        let stopped = run.stop();

        report.elapsed = start.elapsed();
        print::out(format_args!("\n{}", report.to_string().trim_end()));
        stopped?;
        Ok(match report.holds() {
            true => ExitCode::SUCCESS,
            false => ExitCode::FAILURE,
        })
    }
}

/// Prints why a step failed. Returns whether no later step can do better.
fn tell(project: &Project, error: &anyhow::Error) -> bool {
    if let Some(full) = disk::diagnose(project, error) {
        print::err(format_args!("error: {full}"));
        return true;
    }
    print::err(format_args!("error: {error:#}"));
    error.is::<Fatal>()
}

/// Brings what the steps need. What is missing is said before anything is built.
fn prepare(project: &Project, steps: &[Step]) -> Result<()> {
    let has = |some: &[Step]| steps.iter().any(|step| some.contains(step));
    if has(&[Step::Wasm, Step::E2e, Step::Release]) {
        Chromium::install(project)?.require_running(project)?;
        cargo::wasm_target(project)?;
        cargo::wasm_bindgen(project)?;
    }
    if has(&[Step::E2e, Step::Release]) {
        cargo::trunk(project)?;
    }
    if has(&[Step::Release]) {
        npm::binaryen(project)?;
    }
    if steps.iter().any(|step| step.needs_devnet()) {
        npm::require_node(project)?;
    }
    if has(&[Step::Fmt]) {
        cargo::component(project, "rustfmt")?;
    }
    if has(&[Step::Clippy]) {
        cargo::component(project, "clippy")?;
        cargo::wasm_target(project)?;
    }
    Ok(())
}

impl Step {
    fn name(self) -> String {
        self.to_possible_value()
            .map(|value| value.get_name().to_owned())
            .unwrap_or_default()
    }

    /// Whether the devnet's program runs in this step.
    fn needs_devnet(self) -> bool {
        matches!(
            self,
            Self::Core | Self::Devnet | Self::Interop | Self::E2e | Self::Release
        )
    }

    fn run(self, run: &mut Run<'_>) -> Result<Tally> {
        if !run.args.is_empty() && matches!(self, Self::Fmt | Self::Clippy | Self::Package) {
            bail!("the step {} takes no further arguments", self.name());
        }
        match self {
            Self::Fmt => lints::fmt(run),
            Self::Clippy => lints::clippy(run),
            Self::Unit => suites::unit(run),
            Self::Core => suites::core(run),
            Self::Doc => suites::doc(run),
            Self::Wasm => browser::wasm(run),
            Self::Devnet => suites::devnet(run),
            Self::Package => package::package(run),
            Self::Interop => suites::interop(run),
            Self::E2e => browser::e2e(run),
            Self::Release => browser::release(run),
        }
    }
}
