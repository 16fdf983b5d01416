//! A run of `cargo xtask test`, whose steps share devnets and builds.

use std::{
    mem,
    process::Command,
    time::{Duration, Instant},
};

use anyhow::{Result, bail};

use super::{
    devnets::{Devnets, Pair},
    runner::{self, Fatal},
    step::Step,
    tally::{self, Tally},
};
use crate::{
    print,
    project::{Project, describe},
};

/// The shared state of the steps of a run.
pub(super) struct Run<'a> {
    pub(super) project: &'a Project,
    /// All steps of the run.
    pub(super) steps: &'a [Step],
    /// The arguments for the test runner.
    pub(super) args: &'a [String],
    /// True when everything for the host is built.
    pub(super) is_built: bool,
    devnets: Devnets,
    building: Duration,
    /// The explanations of the failed tests of the step.
    failures: Vec<String>,
}

/// The result of a step.
pub(super) struct Outcome {
    pub(super) tally: Tally,
    /// The explanations of the failed tests, to be repeated at the end of the run.
    pub(super) failures: Vec<String>,
    pub(super) building: Duration,
    pub(super) running: Duration,
}

impl Outcome {
    /// Creates the result of the installation before the first step.
    pub(super) fn of_setup(took: Duration) -> Self {
        Self {
            tally: Tally::default(),
            failures: Vec::new(),
            building: took,
            running: Duration::ZERO,
        }
    }
}

impl<'a> Run<'a> {
    pub(super) fn new(project: &'a Project, steps: &'a [Step], args: &'a [String]) -> Self {
        Self {
            project,
            steps,
            args,
            is_built: false,
            devnets: Devnets::default(),
            building: Duration::ZERO,
            failures: Vec::new(),
        }
    }

    /// Runs and times a step. An error is returned beside the result.
    pub(super) fn time(
        &mut self,
        step: impl FnOnce(&mut Self) -> Result<Tally>,
    ) -> (Outcome, Option<anyhow::Error>) {
        let start = Instant::now();
        self.building = Duration::ZERO;
        let (tally, error) = match step(self) {
            Ok(tally) => (tally, None),
            Err(error) => (Tally::failure(), Some(error)),
        };
        let mut failures = mem::take(&mut self.failures);
        failures.extend(error.iter().map(|error| format!("{error:#}")));
        let outcome = Outcome {
            tally,
            failures,
            building: self.building,
            running: start.elapsed().saturating_sub(self.building),
        };
        (outcome, error)
    }

    /// Runs a build command.
    ///
    /// # Errors
    /// Fails if the build fails.
    pub(super) fn build(&mut self, command: &mut Command) -> Result<()> {
        let name = describe(command);
        let start = Instant::now();
        let finished = runner::run(command, || None);
        self.building += start.elapsed();
        match finished?.status {
            status if status.success() => Ok(()),
            status => bail!("`{name}` failed ({status}), see its output above"),
        }
    }

    /// Runs a check that compiles but runs no tests.
    ///
    /// # Errors
    /// Fails if the run cannot continue.
    pub(super) fn check(&mut self, command: &mut Command) -> Result<Tally> {
        match self.build(command) {
            Err(error) if error.is::<Fatal>() => Err(error),
            Err(error) => {
                print::err(format_args!("error: {error:#}"));
                Ok(Tally::failure())
            }
            Ok(()) => Ok(Tally::default()),
        }
    }

    /// Runs tests. The time before the first test counts as building.
    ///
    /// # Errors
    /// Fails if the run cannot continue.
    pub(super) fn tests(
        &mut self,
        command: &mut Command,
        count: impl FnOnce(&str) -> Tally,
    ) -> Result<Tally> {
        self.any_tests(command, count).map(runner::at_least_one)
    }

    /// Runs tests, possibly none.
    fn any_tests(&mut self, command: &mut Command, count: impl FnOnce(&str) -> Tally) -> Result<Tally> {
        let start = Instant::now();
        let devnets = &mut self.devnets;
        let finished = runner::run(command, || devnets.ended())?;
        if let Some(first) = finished.first_test {
            self.building += first.duration_since(start);
        }
        let tally = finished.tally(count);
        if !tally.holds() {
            self.failures.push(tally::explanation(&finished.output));
        }
        Ok(tally)
    }

    /// Runs `cargo test` with the arguments of the command line, and counts the reported results.
    ///
    /// # Errors
    /// Fails if the run cannot continue.
    pub(super) fn cargo_test(&mut self, command: &mut Command) -> Result<Tally> {
        self.cargo_tests([command])
    }

    /// Runs several `cargo test` commands as [`cargo_test`](Self::cargo_test) does. A named test may be in one of them
    /// alone.
    ///
    /// # Errors
    /// Fails if the run cannot continue.
    pub(super) fn cargo_tests<const N: usize>(&mut self, commands: [&mut Command; N]) -> Result<Tally> {
        let mut sum = Tally::default();
        for command in commands {
            sum = sum + self.any_tests(command.arg("--").args(self.args), Tally::of_cargo)?;
        }
        Ok(runner::at_least_one(sum))
    }

    /// Returns the devnets, which are started on first use.
    ///
    /// # Errors
    /// Fails if the devnets do not start.
    pub(super) fn devnets(&mut self) -> Result<&Pair> {
        self.devnets.start(self.project)
    }

    /// Stops the devnets.
    ///
    /// # Errors
    /// Fails if a devnet does not end.
    pub(super) fn stop(&mut self) -> Result<()> {
        self.devnets.stop(self.project)
    }
}
