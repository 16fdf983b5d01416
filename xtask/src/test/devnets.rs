//! The local chains that the tests of a run share.

use std::{process::Command, thread};

use anyhow::{Context, Result};

use crate::{devnet::Devnet, project::Project};

/// The devnets of a run: they start when the first step needs them.
#[derive(Default)]
pub(super) struct Devnets(Option<Pair>);

/// Two devnets, as no test may disturb another.
pub(super) struct Pair {
    /// For all tests at once: each has a namespace of its own.
    pub(super) shared: Devnet,
    /// For the tests that stop a devnet, hold it, set its clock or take blocks back: one after the other.
    pub(super) serial: Devnet,
}

impl Devnets {
    /// Starts both devnets for a step. The shared one stays from one step to the next.
    ///
    /// # Errors
    /// When one of them does not start.
    pub(super) fn start(&mut self, project: &Project) -> Result<&Pair> {
        let start = || Devnet::start(project, 0);
        let pair = match self.0.take() {
            // No step begins with the clock or the blocks that the one before left behind.
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

    /// How a devnet ended, if one has.
    pub(super) fn ended(&mut self) -> Option<String> {
        let Pair { shared, serial } = self.0.as_mut()?;
        let ended = shared.ended().or_else(|| serial.ended())?;
        Some(format!("{ended}; run the step again"))
    }

    /// Ends both.
    ///
    /// # Errors
    /// When one does not end.
    pub(super) fn stop(&mut self, project: &Project) -> Result<()> {
        let Some(Pair { shared, serial }) = self.0.take() else {
            return Ok(());
        };
        shared.stop(project).and(serial.stop(project))
    }
}

impl Pair {
    /// Tells a command where the devnets are.
    pub(super) fn tell<'a>(&self, command: &'a mut Command) -> &'a mut Command {
        command
            .env("USE_AA_DEVNET", &self.shared.url)
            .env("USE_AA_SERIAL_DEVNET", &self.serial.url)
    }
}
