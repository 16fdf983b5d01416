//! The commands: `cargo xtask dev`, `test`, `shots`, `size`, `bench`, `fuzz`, `semver`, `site` and `setup`.

use std::process::ExitCode;

use clap::{Parser, Subcommand};

use crate::project::Project;

mod acts;
mod bench;
mod budget;
mod children;
mod dapp;
mod dev;
mod devnet;
mod disk;
mod examples;
mod files;
mod fuzz;
mod http;
#[cfg(test)]
mod layers;
mod lockfile;
#[cfg(test)]
mod named;
mod port;
mod print;
mod project;
mod semver;
mod setup;
mod shots;
mod since;
mod site;
mod size;
mod test;
mod tools;
mod weight;
#[cfg(test)]
mod words;

/// Runs, tests and measures use-aa, and installs missing tools on the way.
#[derive(Parser)]
#[command(name = "cargo xtask", bin_name = "cargo xtask")]
struct Cli {
    #[command(subcommand)]
    command: Command,
}

#[derive(Subcommand)]
enum Command {
    /// Start the local chain and serve the dapp, rebuilt whenever its source changes
    Dev(dev::Dev),
    /// Run every check and every test, or a single step of them
    Test(test::Test),
    /// Take screenshots of all pages of the dapp in their states, and the picture of the README
    Shots(shots::Shots),
    /// Build the dapp for release and print the size of each of its files
    Size(size::Size),
    /// Measure trees, encodings and signatures on the host and in Chromium, compared with the TypeScript original
    Bench(bench::Bench),
    /// Run the fuzz targets on random input, ten minutes each by default, and keep the failing inputs
    Fuzz(fuzz::Fuzz),
    /// Compare the public API with that of the newest release
    Semver(semver::Semver),
    /// Write the guide and the files of the hooks' pages into a built dapp; trunk does so after each build
    Site(site::Site),
    /// Install what the other commands need, and do nothing else
    Setup,
}

fn main() -> ExitCode {
    let Cli { command } = Cli::parse();
    let outcome = Project::open().and_then(|project| {
        let outcome = match command {
            Command::Dev(dev) => dev.run(&project),
            Command::Test(test) => test.run(&project),
            Command::Shots(shots) => shots.run(&project),
            Command::Size(size) => size.run(&project),
            Command::Bench(bench) => bench.run(&project),
            Command::Fuzz(fuzz) => fuzz.run(&project),
            Command::Semver(semver) => semver.run(&project),
            Command::Site(site) => site.run(&project),
            Command::Setup => setup::run(&project),
        };
        let outcome = outcome.map_err(|error| match disk::diagnose(&project, &error) {
            // The failure is a consequence of the full disk, and was printed.
            Some(full) => anyhow::Error::msg(full),
            None => error,
        });
        project.children.stop();
        outcome
    });

    match outcome {
        Ok(code) => code,
        Err(error) => {
            print::err(format_args!("error: {error:#}"));
            ExitCode::FAILURE
        }
    }
}
