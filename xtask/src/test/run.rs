//! One run of `cargo xtask test`: its steps share devnets and builds.

use std::{
    process::Command,
    time::{Duration, Instant},
};

use anyhow::{Result, bail};

use super::{
    Step, Tally,
    devnets::{Devnets, Pair},
    runner::{self, Fatal},
};
use crate::{
    print,
    project::{Project, describe},
};

/// What the steps of a run share.
pub(super) struct Run<'a> {
    pub(super) project: &'a Project,
    /// All steps of the run.
    pub(super) steps: &'a [Step],
    /// Handed on to the test runner.
    pub(super) args: &'a [String],
    /// Whether everything for the host is built.
    pub(super) is_built: bool,
    devnets: Devnets,
    building: Duration,
}

/// How a step went.
pub(super) struct Outcome {
    pub(super) tally: Tally,
    pub(super) building: Duration,
    pub(super) running: Duration,
}

impl Outcome {
    /// Of what was installed before the first step.
    pub(super) fn of_setup(took: Duration) -> Self {
        Self {
            tally: Tally::default(),
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
        }
    }

    /// Runs a step and takes its time. Its error comes beside.
    pub(super) fn step(&mut self, step: Step) -> (Outcome, Option<anyhow::Error>) {
        let start = Instant::now();
        self.building = Duration::ZERO;
        let (tally, error) = match step.run(self) {
            Ok(tally) => (tally, None),
            Err(error) => (Tally::failure(), Some(error)),
        };
        let outcome = Outcome {
            tally,
            building: self.building,
            running: start.elapsed().saturating_sub(self.building),
        };
        (outcome, error)
    }

    /// Builds something.
    ///
    /// # Errors
    /// When the build fails.
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

    /// Runs a check that compiles and runs no tests.
    ///
    /// # Errors
    /// When the run cannot go on.
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

    /// Runs tests. What comes before the first of them counts as building.
    ///
    /// # Errors
    /// When the run cannot go on.
    pub(super) fn tests(
        &mut self,
        command: &mut Command,
        count: impl FnOnce(&str) -> Tally,
    ) -> Result<Tally> {
        self.any_tests(command, count).map(runner::at_least_one)
    }

    /// Runs tests, of which there may be none.
    fn any_tests(&mut self, command: &mut Command, count: impl FnOnce(&str) -> Tally) -> Result<Tally> {
        let start = Instant::now();
        let devnets = &mut self.devnets;
        let finished = runner::run(command, || devnets.ended())?;
        if let Some(first) = finished.first_test {
            self.building += first.duration_since(start);
        }
        Ok(finished.tally(count))
    }

    /// Runs `cargo test` with what was asked for, and counts what its runners report.
    ///
    /// # Errors
    /// When the run cannot go on.
    pub(super) fn cargo_test(&mut self, command: &mut Command) -> Result<Tally> {
        self.cargo_tests([command])
    }

    /// The same with several commands. What was asked for may be in one of them alone.
    ///
    /// # Errors
    /// When the run cannot go on.
    pub(super) fn cargo_tests<const N: usize>(&mut self, commands: [&mut Command; N]) -> Result<Tally> {
        let mut sum = Tally::default();
        for command in commands {
            sum = sum + self.any_tests(command.arg("--").args(self.args), Tally::of_cargo)?;
        }
        Ok(runner::at_least_one(sum))
    }

    /// The devnets, which run from now on.
    ///
    /// # Errors
    /// When they do not start.
    pub(super) fn devnets(&mut self) -> Result<&Pair> {
        self.devnets.start(self.project)
    }

    /// Ends what still runs.
    ///
    /// # Errors
    /// When it does not end.
    pub(super) fn stop(&mut self) -> Result<()> {
        self.devnets.stop(self.project)
    }
}
