//! `cargo xtask bench`: the library beside the TypeScript original, function by function and page by page.

use std::process::ExitCode;

use anyhow::Result;
use clap::{Args, Subcommand};

use crate::project::Project;

mod growth;
mod pages;
mod rates;
mod results;

#[derive(Args)]
pub(crate) struct Bench {
    #[command(subcommand)]
    of: Option<Of>,
}

#[derive(Subcommand)]
enum Of {
    /// Measure the pages beside that of the TypeScript original: bytes, times, calls, memory
    Pages {
        /// The number of rounds, in each of which every page is measured
        #[arg(long, default_value_t = 9)]
        rounds: u32,
    },
    /// Measure the page of two buttons on Nexus beside one of `@biconomy/abstractjs`: bytes, times, calls, gas
    Nexus {
        /// The number of rounds, in each of which every page is measured
        #[arg(long, default_value_t = 9)]
        rounds: u32,
    },
    /// Measure costs that grow with the number of sessions, leaves and operations in flight, and plot them
    Growth,
}

impl Bench {
    pub(crate) fn run(&self, project: &Project) -> Result<ExitCode> {
        match self.of {
            Some(Of::Pages { rounds }) => pages::run(project, rounds),
            Some(Of::Nexus { rounds }) => pages::run_nexus(project, rounds),
            Some(Of::Growth) => growth::run(project),
            None => rates::run(project),
        }
    }
}
