//! `cargo xtask site`: writes the static files of the dapp that are made of the sources: the guide as pages, and for each
//! hook the highlighted source of its example, its signals and its documented errors.

use std::{
    fs,
    path::{Path, PathBuf},
    process::ExitCode,
};

use anyhow::{Context, Result};
use clap::Args;

use crate::project::Project;

mod docs;
mod guide;
mod highlight;
mod hooks;
mod returned;
mod source;

use source::read;

#[derive(Args)]
pub(crate) struct Site {
    /// The folder of the built dapp
    dist: PathBuf,
}

impl Site {
    pub(crate) fn run(&self, project: &Project) -> Result<ExitCode> {
        for (name, text) in hooks::files(&project.root)? {
            write(&self.dist.join("hooks").join(name), &text)?;
        }
        let page = read(&self.dist.join("index.html"))?;
        for (name, text) in guide::files(&project.root, &page)? {
            write(&self.dist.join("guide").join(name), &text)?;
        }
        Ok(ExitCode::SUCCESS)
    }
}

fn write(path: &Path, text: &str) -> Result<()> {
    let folder = path.parent().unwrap_or(path);
    fs::create_dir_all(folder).with_context(|| format!("cannot create {}", folder.display()))?;
    fs::write(path, text).with_context(|| format!("cannot write {}", path.display()))
}
