//! `cargo xtask shots`: screenshots of the dapp.

use std::{
    path::{self, Path, PathBuf},
    process::ExitCode,
};

use anyhow::{Context, Result};
use clap::Args;

use crate::{print, project::Project, test};

#[derive(Args)]
pub(crate) struct Shots {
    /// Folder of the screenshots, `target/shots` by default
    folder: Option<PathBuf>,
    /// Arguments for Playwright, for example a part of a file's name in `end2end/shots`
    #[arg(last = true)]
    args: Vec<String>,
}

impl Shots {
    pub(crate) fn run(&self, project: &Project) -> Result<ExitCode> {
        let folder = self.folder(&project.target)?;
        let are_taken = test::shots(project, &folder, &self.args)?;
        print::out(format_args!("The screenshots are in {}.", folder.display()));
        Ok(match are_taken {
            true => ExitCode::SUCCESS,
            false => ExitCode::FAILURE,
        })
    }

    /// Returns the absolute path of the folder: Playwright runs in a folder of its own.
    fn folder(&self, target: &Path) -> Result<PathBuf> {
        let folder = self.folder.clone().unwrap_or_else(|| target.join("shots"));
        path::absolute(&folder).with_context(|| {
            format!(
                "cannot use the folder {}: name one that can be written",
                folder.display()
            )
        })
    }
}

#[cfg(test)]
mod tests {
    use std::env;

    use clap::Parser;

    use super::*;

    #[derive(Parser)]
    struct Cli {
        #[command(flatten)]
        shots: Shots,
    }

    #[test]
    fn the_folder_is_relative_to_the_current_one_and_the_rest_is_for_playwright() {
        let target = Path::new("/project/target");
        let table: [(&[&str], PathBuf, &[&str]); 4] = [
            (&[], "/project/target/shots".into(), &[]),
            (&["/pictures"], "/pictures".into(), &[]),
            (&["before"], env::current_dir().unwrap().join("before"), &[]),
            (
                &["--", "hooks", "--workers=1"],
                "/project/target/shots".into(),
                &["hooks", "--workers=1"],
            ),
        ];

        for (arguments, folder, rest) in table {
            let Cli { shots } = Cli::parse_from([&["shots"], arguments].concat());
            assert_eq!(shots.folder(target).unwrap(), folder, "{arguments:?}");
            assert_eq!(shots.args, rest, "{arguments:?}");
        }
    }
}
