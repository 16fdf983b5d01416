//! `cargo xtask size`: what a visitor of the dapp downloads.

use std::{
    fs,
    io::Write,
    ops::Add,
    path::{Path, PathBuf},
    process::ExitCode,
};

use anyhow::{Context, Result};
use clap::Args;
use flate2::{Compression, write::GzEncoder};

use crate::{dapp, project::Project, setup, tools::npm};

#[derive(Args)]
pub(crate) struct Size {
    /// Measure this folder instead of building the dapp
    #[arg(long)]
    dist: Option<PathBuf>,
}

impl Size {
    pub(crate) fn run(&self, project: &Project) -> Result<ExitCode> {
        let dist = match &self.dist {
            Some(dist) => dist.clone(),
            None => {
                setup::dapp(project)?;
                npm::binaryen(project)?;
                let dist = project.root.join("dist");
                dapp::build_release(project, &dist)?;
                dist
            }
        };

        let mut files = Vec::new();
        collect(&dist, &dist, &mut files)?;
        print!("\n{}", table(&files, &pages(&dist, &files)?));
        Ok(ExitCode::SUCCESS)
    }
}

/// The bytes of one file as they lie on disk and as they travel.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
struct Bytes {
    raw: usize,
    gzip: usize,
    brotli: usize,
}

impl Bytes {
    fn of(content: &[u8]) -> Result<Self> {
        let mut gzip = GzEncoder::new(Vec::new(), Compression::best());
        gzip.write_all(content)?;
        let mut brotli = Vec::new();
        let parameters = brotli::enc::BrotliEncoderParams {
            quality: 11,
            lgwin: 22,
            size_hint: content.len(),
            ..Default::default()
        };
        brotli::BrotliCompress(&mut &*content, &mut brotli, &parameters)?;

        Ok(Self {
            raw: content.len(),
            gzip: gzip.finish()?.len(),
            brotli: brotli.len(),
        })
    }

    fn row(self, name: &str) -> String {
        let Self { raw, gzip, brotli } = self;
        format!("{raw:>10} {gzip:>10} {brotli:>10}  {name}\n")
    }
}

impl Add for Bytes {
    type Output = Self;

    fn add(self, other: Self) -> Self {
        Self {
            raw: self.raw + other.raw,
            gzip: self.gzip + other.gzip,
            brotli: self.brotli + other.brotli,
        }
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

/// What each page loads at once: itself, and the files that it names.
fn pages(dist: &Path, files: &[(String, Bytes)]) -> Result<Vec<(String, Bytes)>> {
    let pages = files.iter().filter(|(name, _)| name.ends_with(".html"));
    pages
        .map(|(page, itself)| {
            let path = dist.join(page);
            let text =
                fs::read_to_string(&path).with_context(|| format!("cannot read {}", path.display()))?;
            let named = files.iter().filter(|(name, _)| text.contains(name.as_str()));
            let all = named.fold(*itself, |sum, (_, bytes)| sum + *bytes);
            Ok((format!("in all for {page}"), all))
        })
        .collect()
}

fn table(files: &[(String, Bytes)], pages: &[(String, Bytes)]) -> String {
    let mut table = format!("{:>10} {:>10} {:>10}  file\n", "raw", "gzip -9", "brotli -11");
    for (name, bytes) in files.iter().chain(pages) {
        table += &bytes.row(name);
    }
    table
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn compression_is_measured() {
        let Bytes { raw, gzip, brotli } = Bytes::of(&[b'a'; 10_000]).unwrap();

        assert_eq!(raw, 10_000);
        assert!((10..100).contains(&gzip), "{gzip}");
        assert!((5..gzip).contains(&brotli), "{brotli}");
    }

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
            table(&files, &pages),
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
