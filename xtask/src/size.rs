//! `cargo xtask size`: the download size of the dapp.

use std::{
    fmt, fs,
    path::{Path, PathBuf},
    process::ExitCode,
};

use anyhow::{Context, Result};
use clap::Args;

use crate::{acts, dapp, print, project::Project, setup, tools::npm, weight::Bytes};

/// The file with the maximum size of each page.
const CEILINGS: &str = "trunk/ceilings.txt";

#[derive(Args)]
pub(crate) struct Size {
    /// Measure this folder instead of building the dapp
    #[arg(long, conflicts_with = "acts")]
    dist: Option<PathBuf>,
    /// Measure the smallest page of each act instead of the dapp
    #[arg(long)]
    acts: bool,
}

impl Size {
    pub(crate) fn run(&self, project: &Project) -> Result<ExitCode> {
        if self.acts {
            acts::measure(project)?;
            return Ok(ExitCode::SUCCESS);
        }
        let dist = match &self.dist {
            Some(dist) => dist.clone(),
            None => {
                setup::dapp(project)?;
                npm::shrinkers(project)?;
                let dist = project.root.join("dist");
                project.run(&mut dapp::compile_release(project))?;
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

/// Prints the size of a built dapp, and returns one sentence for each page above its ceiling.
pub(crate) fn exceeded(project: &Project, dist: &Path) -> Result<Vec<String>> {
    let path = project.root.join(CEILINGS);
    let ceilings = fs::read_to_string(&path).with_context(|| format!("cannot read {}", path.display()))?;
    let sizes = Sizes::measure(dist)?;
    print::out(format_args!("\n{}", sizes.to_string().trim_end()));
    Ok(exceeding(&parse(&ceilings)?, &sizes.pages))
}

/// The sizes of the files and pages of a built dapp.
struct Sizes {
    /// The size of each file.
    files: Vec<(String, Bytes)>,
    /// The size of each page with the files that it loads immediately.
    pages: Vec<(String, Bytes)>,
}

impl Sizes {
    fn measure(dist: &Path) -> Result<Self> {
        let mut files = Vec::new();
        collect(dist, dist, &mut files)?;
        let pages = pages(dist, &files)?;
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
    let pages = files.iter().filter(|(name, _)| name.ends_with(".html"));
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

/// Parses the lines `{page} {bytes}` of the ceilings. `#` starts a comment.
fn parse(ceilings: &str) -> Result<Vec<(&str, usize)>> {
    let lines = ceilings
        .lines()
        .map(|line| line.split('#').next().unwrap_or_default().trim());
    lines
        .filter(|line| !line.is_empty())
        .map(|line| {
            let ceiling = line
                .split_once(' ')
                .and_then(|(page, bytes)| Some((page, bytes.trim().parse().ok()?)));
            ceiling.with_context(|| {
                format!("{CEILINGS}: `{line}` is no page and its bytes: write `index.html 300000`")
            })
        })
        .collect()
}

/// Compares the brotli sizes of the pages with the ceilings, and returns one sentence for each violation.
fn exceeding(ceilings: &[(&str, usize)], pages: &[(String, Bytes)]) -> Vec<String> {
    let heavy = pages.iter().filter_map(|(page, Bytes { brotli, .. })| {
        match ceilings.iter().find(|(name, _)| name == page) {
            Some((_, ceiling)) if brotli <= ceiling => None,
            Some((_, ceiling)) => Some(format!(
                "{page} weighs {brotli} bytes (brotli), {ceiling} are allowed: make it lighter, or raise the ceiling in {CEILINGS}"
            )),
            None => Some(format!("{page} has no ceiling: add one to {CEILINGS}")),
        }
    });
    let missing = ceilings
        .iter()
        .filter(|(name, _)| pages.iter().all(|(page, _)| page != name))
        .map(|(name, _)| format!("{name} was not built: remove its ceiling from {CEILINGS}"));
    heavy.chain(missing).collect()
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
    fn a_page_over_its_ceiling_is_named() {
        let weighing = |page: &str, brotli| {
            let bytes = Bytes {
                raw: 900,
                gzip: 500,
                brotli,
            };
            (page.to_owned(), bytes)
        };
        let ceilings = parse("# brotli -11\nindex.html 300 # the dapp\n\nhooks.html  400\n").unwrap();
        let table: [(&[_], &[&str]); 4] = [
            (&[weighing("index.html", 300), weighing("hooks.html", 9)], &[]),
            (
                &[weighing("index.html", 301), weighing("hooks.html", 9)],
                &["index.html weighs 301 bytes (brotli), 300 are allowed"],
            ),
            (&[weighing("index.html", 1)], &["hooks.html was not built"]),
            (
                &[
                    weighing("index.html", 1),
                    weighing("hooks.html", 1),
                    weighing("new.html", 1),
                ],
                &["new.html has no ceiling"],
            ),
        ];

        for (pages, expected) in table {
            let wrong = exceeding(&ceilings, pages);
            assert_eq!(wrong.len(), expected.len(), "{wrong:?}");
            for (wrong, expected) in wrong.iter().zip(expected) {
                assert!(wrong.starts_with(expected), "{wrong}");
            }
        }
        assert!(parse("index.html").is_err());
        assert!(parse("index.html many").is_err());
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
