//! `cargo xtask test`: every check and every test, or one step of them.

use std::{process::ExitCode, time::Instant};

use anyhow::{Result, bail};
use clap::{Args, ValueEnum};

use crate::project::Project;

mod browser;
mod lints;
mod package;
mod report;
mod runner;
mod suites;
mod tally;

use report::Report;
use tally::Tally;

#[derive(Args)]
pub(crate) struct Test {
    /// Stop at the first step that fails
    #[arg(long)]
    fail_fast: bool,
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
    /// clippy has nothing to say, on the host and for wasm
    Clippy,
    /// Everything below the hooks, without Leptos, with the vectors and against a devnet
    Core,
    /// The hooks on the host, as on a server
    Hooks,
    /// What the dapp reads: its configuration, and collections on a devnet
    Dapp,
    /// The examples of the documentation compile and hold; rustdoc has no warnings
    Doc,
    /// The wasm tests in headless Chromium
    Wasm,
    /// The devnet's and xtask's own tests
    Devnet,
    /// The published package builds and holds what it should
    Package,
    /// Unmodified @biconomy/account creates and uses a session on our devnet
    Interop,
    /// Playwright drives the dapp in Chromium on a devnet
    E2e,
}

impl Test {
    pub(crate) fn run(&self, project: &Project) -> Result<ExitCode> {
        let steps = match self.step {
            Some(step) => vec![step],
            None => Step::value_variants().to_vec(),
        };

        let mut report = Report::default();
        for step in steps {
            println!("\n======== {} ========", step.name());
            let start = Instant::now();
            let tally = step.run(project, &self.args).unwrap_or_else(|error| {
                eprintln!("error: {error:#}");
                Tally::failure()
            });
            println!("-------- {}: {}", step.name(), tally);
            report.add(step.name(), tally, start.elapsed());
            if self.fail_fast && !tally.holds() {
                break;
            }
        }

        print!("\n{report}");
        Ok(match report.holds() {
            true => ExitCode::SUCCESS,
            false => ExitCode::FAILURE,
        })
    }
}

impl Step {
    fn name(self) -> String {
        self.to_possible_value()
            .map(|value| value.get_name().to_owned())
            .unwrap_or_default()
    }

    fn run(self, project: &Project, args: &[String]) -> Result<Tally> {
        if !args.is_empty() && matches!(self, Self::Fmt | Self::Clippy | Self::Package) {
            bail!("the step {} takes no further arguments", self.name());
        }
        match self {
            Self::Fmt => lints::fmt(project),
            Self::Clippy => lints::clippy(project),
            Self::Core => suites::core(project, args),
            Self::Hooks => suites::hooks(project, args),
            Self::Dapp => suites::dapp(project, args),
            Self::Doc => suites::doc(project, args),
            Self::Wasm => browser::wasm(project, args),
            Self::Devnet => suites::devnet(project, args),
            Self::Package => package::package(project),
            Self::Interop => suites::interop(project, args),
            Self::E2e => browser::e2e(project, args),
        }
    }
}
