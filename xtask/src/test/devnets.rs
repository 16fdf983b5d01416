//! The local chains shared by the tests of a run.

use std::{process::Command, thread};

use anyhow::{Context, Result};

use crate::{devnet::Devnet, project::Project};

/// The devnets of a run, started on first use.
#[derive(Default)]
pub(super) struct Devnets(Option<Pair>);

/// Two devnets, one for tests that would disturb others.
pub(super) struct Pair {
    /// The devnet for parallel tests, each in its own namespace.
    pub(super) shared: Devnet,
    /// The devnet for serial tests: those that stop the devnet, hold its bundler, set its clock or remove blocks.
    pub(super) serial: Devnet,
}

impl Devnets {
    /// Starts both devnets for a step. The shared devnet continues from step to step; the serial one is restarted.
    ///
    /// # Errors
    /// Fails if one of them does not start.
    pub(super) fn start(&mut self, project: &Project) -> Result<&Pair> {
        let start = || Devnet::start(project, 0);
        let pair = match self.0.take() {
            // A step must not start with the clock or the blocks of the previous step.
            Some(Pair { shared, serial }) => {
                serial.stop(project)?;
                Pair {
                    shared,
                    serial: start()?,
                }
            }
            None => thread::scope(|scope| {
                let shared = scope.spawn(start);
                let serial = start()?;
                let shared = shared
                    .join()
                    .ok()
                    .context("the thread that starts a devnet ended")??;
                anyhow::Ok(Pair { shared, serial })
            })?,
        };
        Ok(self.0.insert(pair))
    }

    /// Returns a message if one of the devnets has ended.
    pub(super) fn ended(&mut self) -> Option<String> {
        let Pair { shared, serial } = self.0.as_mut()?;
        let ended = shared.ended().or_else(|| serial.ended())?;
        Some(format!("{ended}; run the step again"))
    }

    /// Stops both devnets.
    ///
    /// # Errors
    /// Fails if one of them does not end.
    pub(super) fn stop(&mut self, project: &Project) -> Result<()> {
        let Some(Pair { shared, serial }) = self.0.take() else {
            return Ok(());
        };
        shared.stop(project).and(serial.stop(project))
    }
}

impl Pair {
    /// Passes the URLs of the devnets to a command as environment variables.
    pub(super) fn tell<'a>(&self, command: &'a mut Command) -> &'a mut Command {
        command
            .env("USE_AA_DEVNET", &self.shared.url)
            .env("USE_AA_SERIAL_DEVNET", &self.serial.url)
    }
}
