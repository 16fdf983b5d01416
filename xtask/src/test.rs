//! `cargo xtask test`: all checks and tests, or some of their steps.

use std::{path::Path, process::ExitCode, time::Instant};

use anyhow::{Result, bail};
use clap::{Args, ValueEnum};

use crate::{
    disk, print,
    project::Project,
    setup,
    tools::{self, cargo, chromium::Chromium, npm, postgres},
};

mod browser;
mod bundlers;
mod changed;
mod devnets;
mod examples;
mod guide;
mod leptos_next;
mod lints;
mod msrv;
mod package;
mod report;
mod run;
mod runner;
mod step;
mod suites;
mod tally;
mod weights;

use report::Report;
use run::{Outcome, Run};
use runner::Fatal;
use step::Step;
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
    /// Arguments for the step's test runner, for example the name of a test
    #[arg(trailing_var_arg = true, allow_hyphen_values = true)]
    args: Vec<String>,
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
            let (outcome, error) = run.time(|run| perform(*step, run));
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

/// Takes the screenshots of the dapp into a folder, with arguments for Playwright. The dapp and the devnets are those of the
/// step e2e. Returns false, with the reasons on the standard output, if one is missing.
///
/// # Errors
/// Fails if something cannot be installed, built or started.
pub(crate) fn shots(project: &Project, folder: &Path, args: &[String]) -> Result<bool> {
    let steps = [Step::E2e];
    prepare(project, &steps)?;
    let mut run = Run::new(project, &steps, args);
    let tally = browser::shots(&mut run, folder);
    run.stop().and(tally).map(Tally::holds)
}

/// Prints the error of a step. Returns true if all later steps would fail likewise.
fn tell(project: &Project, error: &anyhow::Error) -> bool {
    if let Some(full) = disk::diagnose(project, error) {
        print::err(format_args!("error: {full}"));
        return true;
    }
    print::err(format_args!("error: {error:#}"));
    error.is::<Fatal>()
}

/// Installs the requirements of the steps. A missing requirement is reported before anything is built.
fn prepare(project: &Project, steps: &[Step]) -> Result<()> {
    let has = |some: &[Step]| steps.iter().any(|step| some.contains(step));
    if has(&[
        Step::Wasm,
        Step::LeptosNext,
        Step::E2e,
        Step::Guide,
        Step::Release,
    ]) {
        Chromium::install(project)?.require_running(project)?;
        cargo::wasm_target(project)?;
        cargo::wasm_bindgen(project)?;
    }
    if has(&[Step::E2e, Step::Guide, Step::Release]) {
        cargo::trunk(project)?;
    }
    if has(&[Step::Release, Step::Size]) {
        npm::shrinkers(project)?;
    }
    if has(&[Step::Release]) {
        cargo::wasm_split(project)?;
    }
    if has(&[Step::Size]) {
        setup::dapp(project)?;
    }
    if steps.iter().any(|step| step.needs_devnet()) {
        npm::require_node(project)?;
    }
    if has(&[Step::Interop]) {
        npm::packages(project, &project.root.join(suites::NEXUS_ORIGINAL))?;
    }
    if has(&[Step::Bundlers]) {
        tools::bundlers::install(project)?;
    }
    if has(&[Step::Server]) {
        postgres::install(project)?;
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

/// Runs a step.
fn perform(step: Step, run: &mut Run<'_>) -> Result<Tally> {
    if !run.args.is_empty() && matches!(step, Step::Fmt | Step::Clippy | Step::Package | Step::Msrv) {
        bail!("the step {} takes no further arguments", step.name());
    }
    match step {
        Step::Fmt => lints::fmt(run),
        Step::Clippy => lints::clippy(run),
        Step::Unit => suites::unit(run),
        Step::Core => suites::core(run),
        Step::Doc => suites::doc(run),
        Step::Wasm => browser::wasm(run),
        Step::Devnet => suites::devnet(run),
        Step::Package => package::package(run),
        Step::Msrv => msrv::msrv(run),
        Step::LeptosNext => leptos_next::leptos_next(run),
        Step::Interop => suites::interop(run),
        Step::Bundlers => bundlers::bundlers(run),
        Step::Server => suites::server(run),
        Step::E2e => browser::e2e(run),
        Step::Guide => guide::guide(run),
        Step::Release => browser::release(run),
        Step::Size => weights::weights(run),
    }
}
