//! `cargo xtask size`: the download size of the dapp.

use std::{
    fmt, fs,
    path::{Path, PathBuf},
    process::ExitCode,
};

use anyhow::{Context, Result};
use clap::Args;

use crate::{
    acts, budget::Budget, dapp, examples, print, project::Project, setup, since, tools::npm, weight::Bytes,
};

/// The smallest dapp of the examples.
const SMALLEST: &str = "two-buttons";

/// The name of all parts of the program together, in the budget.
const PARTS: &str = "all parts";

#[derive(Args)]
pub(crate) struct Size {
    /// Measure this folder instead of building the dapp
    #[arg(long, conflicts_with_all = ["acts", "example"])]
    dist: Option<PathBuf>,
    /// Measure the smallest page of each act instead of the dapp
    #[arg(long)]
    acts: bool,
    /// Measure the smallest dapp of the examples, built as its readers do
    #[arg(long, conflicts_with = "acts")]
    example: bool,
    /// Print the functions of a page that grew since this commit
    #[arg(long, value_name = "COMMIT", conflicts_with_all = ["dist", "acts", "example"])]
    since: Option<String>,
    /// The page of `--since`, as `--acts` names it
    #[arg(long, default_value = "two-buttons", requires = "since")]
    page: String,
}

impl Size {
    pub(crate) fn run(&self, project: &Project) -> Result<ExitCode> {
        if let Some(commit) = &self.since {
            since::print(project, commit, &self.page)?;
            return Ok(ExitCode::SUCCESS);
        }
        if self.acts {
            return Ok(outcome(&acts::measure(project)?));
        }
        if self.example {
            setup::dapp(project)?;
            npm::shrinkers(project)?;
            return Ok(outcome(&smallest(project)?));
        }
        let dist = match &self.dist {
            Some(dist) => dist.clone(),
            None => {
                setup::dapp(project)?;
                setup::release(project)?;
                let dist = project.root.join("dist");
                project.run(&mut dapp::build_release(project, &dist))?;
                dist
            }
        };

        print::out(format_args!(
            "\n{}",
            Sizes::measure(&dist)?.to_string().trim_end()
        ));
        Ok(ExitCode::SUCCESS)
    }
}

/// Prints the sentences about pages above their budgets. Any is a failure.
fn outcome(exceeded: &[String]) -> ExitCode {
    if exceeded.is_empty() {
        return ExitCode::SUCCESS;
    }
    print::err(format_args!("error: {}", exceeded.join("; ")));
    ExitCode::FAILURE
}

/// Builds the smallest dapp as its readers do, with `trunk build --release`, and prints its size. Returns one sentence if it
/// exceeds its budget.
pub(crate) fn smallest(project: &Project) -> Result<Vec<String>> {
    print::announce("Building the smallest dapp for release");
    let app = examples::copy(
        project,
        &format!("examples/{SMALLEST}"),
        &project.scratch("release-examples")?,
    )?;
    let mut trunk = project.command("trunk");
    trunk
        .current_dir(&app)
        .args(["--skip-version-check", "--log", "warn", "build", "--release"]);
    project.run(&mut trunk)?;
    let sizes = Sizes::measure(&app.join("dist"))?;
    print::out(format_args!("\n{}", sizes.to_string().trim_end()));
    let pages = sizes
        .pages
        .into_iter()
        .map(|(_, bytes)| (SMALLEST.to_owned(), bytes));
    Ok(Budget::read(project)?
        .examples
        .exceeded_by(&pages.collect::<Vec<_>>()))
}

/// Prints the size of a built dapp, and returns one sentence for each page above its budget.
pub(crate) fn exceeded(project: &Project, dist: &Path) -> Result<Vec<String>> {
    let sizes = Sizes::measure(dist)?;
    print::out(format_args!("\n{}", sizes.to_string().trim_end()));
    Ok(Budget::read(project)?.pages.exceeded_by(&sizes.pages))
}

/// The sizes of the files and pages of a built dapp.
struct Sizes {
    /// The size of each file.
    files: Vec<(String, Bytes)>,
    /// The size of each page with the files that it loads immediately, and of all parts of the program.
    pages: Vec<(String, Bytes)>,
}

impl Sizes {
    fn measure(dist: &Path) -> Result<Self> {
        let mut files = Vec::new();
        collect(dist, dist, &mut files)?;
        let mut pages = pages(dist, &files)?;
        let parts = files.iter().filter(|(name, _)| name.ends_with(".wasm"));
        let whole = parts.fold(Bytes::default(), |sum, (_, bytes)| sum + *bytes);
        pages.push((PARTS.to_owned(), whole));
        Ok(Self { files, pages })
    }
}

impl fmt::Display for Sizes {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        writeln!(f, "{:>10} {:>10} {:>10}  file", "raw", "gzip -9", "brotli -11")?;
        for (name, bytes) in &self.files {
            writeln!(f, "{bytes}  {name}")?;
        }
        for (page, bytes) in &self.pages {
            writeln!(f, "{bytes}  in all for {page}")?;
        }
        Ok(())
    }
}

fn collect(root: &Path, folder: &Path, files: &mut Vec<(String, Bytes)>) -> Result<()> {
    let entries = fs::read_dir(folder).with_context(|| format!("cannot read {}", folder.display()))?;
    let mut paths = entries
        .map(|entry| Ok(entry?.path()))
        .collect::<Result<Vec<_>>>()?;
    paths.sort();

    for path in paths {
        if path.is_dir() {
            collect(root, &path, files)?;
        } else {
            let content = fs::read(&path).with_context(|| format!("cannot read {}", path.display()))?;
            let name = path.strip_prefix(root)?.display().to_string();
            files.push((name, Bytes::of(&content)?));
        }
    }
    Ok(())
}

fn pages(dist: &Path, files: &[(String, Bytes)]) -> Result<Vec<(String, Bytes)>> {
    // Those of the guide are in a folder, and load no program.
    let is_page = |name: &str| name.ends_with(".html") && !name.contains('/');
    let pages = files.iter().filter(|(name, _)| is_page(name));
    pages
        .map(|(page, itself)| {
            let path = dist.join(page);
            let text =
                fs::read_to_string(&path).with_context(|| format!("cannot read {}", path.display()))?;
            let named = files.iter().filter(|(name, _)| text.contains(name.as_str()));
            let all = named.fold(*itself, |sum, (_, bytes)| sum + *bytes);
            Ok((page.clone(), all))
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_page_weighs_itself_and_what_it_names() {
        let bytes = |raw, gzip, brotli| Bytes { raw, gzip, brotli };
        let folder = std::env::temp_dir().join(format!("xtask-pages-{}", std::process::id()));
        fs::create_dir_all(&folder).unwrap();
        fs::write(folder.join("index.html"), "<script src=a.js>").unwrap();
        let files = [
            ("a.js".to_owned(), bytes(300, 200, 100)),
            ("b.wasm".to_owned(), bytes(5000, 400, 50)),
            ("index.html".to_owned(), bytes(17, 16, 15)),
        ];

        let pages = pages(&folder, &files).unwrap();
        fs::remove_dir_all(&folder).unwrap();

        assert_eq!(
            Sizes {
                files: files.to_vec(),
                pages
            }
            .to_string(),
            "       raw    gzip -9 brotli -11  file\n\
             \x20      300        200        100  a.js\n\
             \x20     5000        400         50  b.wasm\n\
             \x20       17         16         15  index.html\n\
             \x20      317        216        115  in all for index.html\n"
        );
    }

    #[test]
    fn files_of_inner_folders_are_measured_too() {
        let folder = std::env::temp_dir().join(format!("xtask-size-{}", std::process::id()));
        fs::create_dir_all(folder.join("img")).unwrap();
        fs::write(folder.join("img/a.svg"), "<svg/>").unwrap();
        fs::write(folder.join("b.js"), "").unwrap();

        let mut files = Vec::new();
        collect(&folder, &folder, &mut files).unwrap();
        fs::remove_dir_all(&folder).unwrap();

        let names: Vec<_> = files
            .iter()
            .map(|(name, bytes)| (name.as_str(), bytes.raw))
            .collect();
        assert_eq!(names, [("b.js", 0), ("img/a.svg", 6)]);
    }
}
