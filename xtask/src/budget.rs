//! The budgets of downloads: what each page may weigh.

use std::fs;

use anyhow::{Context, Result};
use toml::Table;

use crate::{project::Project, weight::Bytes};

/// The file with the budgets.
const PATH: &str = "end2end/bench/budget.toml";

/// The budgets in bytes of brotli, by the file's sections.
pub(crate) struct Budget {
    /// The pages of the dapp, each with the files that it loads immediately.
    pub(crate) pages: Section,
    /// The smallest page of each act, with its script.
    pub(crate) acts: Section,
    /// The examples, each with the files that it loads immediately.
    pub(crate) examples: Section,
}

/// The budgets of a section, by name.
pub(crate) struct Section(Vec<(String, usize)>);

impl Budget {
    pub(crate) fn read(project: &Project) -> Result<Self> {
        let path = project.root.join(PATH);
        let text = fs::read_to_string(&path).with_context(|| format!("cannot read {}", path.display()))?;
        Self::parse(&text)
    }

    fn parse(text: &str) -> Result<Self> {
        let table: Table = text.parse().with_context(|| format!("{PATH} is no TOML"))?;
        let section = |name: &str| {
            let entries = table.get(name).and_then(|section| section.as_table());
            let entries = entries.with_context(|| format!("{PATH} has no section [{name}]"))?;
            let entries = entries.iter().map(|(page, bytes)| {
                let bytes = bytes.as_integer().and_then(|bytes| bytes.try_into().ok());
                let bytes = bytes
                    .with_context(|| format!("{PATH}: `{page}` has no bytes: write `{page} = 300_000`"))?;
                Ok((page.clone(), bytes))
            });
            Ok::<_, anyhow::Error>(Section(entries.collect::<Result<_>>()?))
        };
        Ok(Self {
            pages: section("pages")?,
            acts: section("acts")?,
            examples: section("examples")?,
        })
    }
}

impl Section {
    /// Compares the brotli sizes of all pages of the section, and returns one sentence for each violation.
    pub(crate) fn exceeded_by(&self, found: &[(String, Bytes)]) -> Vec<String> {
        let missing = self
            .0
            .iter()
            .filter(|(name, _)| found.iter().all(|(page, _)| page != name))
            .map(|(name, _)| format!("{name} was not built: remove its budget from {PATH}"));
        let heavy = found
            .iter()
            .filter_map(|(page, bytes)| self.exceeds(page, *bytes));
        heavy.chain(missing).collect()
    }

    /// Returns a sentence if a page exceeds its budget, or has none.
    fn exceeds(&self, page: &str, Bytes { brotli, .. }: Bytes) -> Option<String> {
        match self.0.iter().find(|(name, _)| name == page) {
            Some((_, budget)) if brotli <= *budget => None,
            Some((_, budget)) => Some(format!(
                "{page} weighs {brotli} bytes (brotli), {budget} are allowed: make it lighter, or raise its budget in {PATH}"
            )),
            None => Some(format!("{page} has no budget: add one to {PATH}")),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn weighing(page: &str, brotli: usize) -> (String, Bytes) {
        let bytes = Bytes {
            raw: 900,
            gzip: 500,
            brotli,
        };
        (page.to_owned(), bytes)
    }

    #[test]
    fn a_page_over_its_budget_is_named() {
        let text = "# brotli -11\n[pages]\n\"index.html\" = 300 # the dapp\n\"hooks.html\" = 4_00\n[acts]\nmint = 7\n[examples]\n";
        let budget = Budget::parse(text).unwrap();
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
                &["new.html has no budget"],
            ),
        ];

        for (pages, expected) in table {
            let wrong = budget.pages.exceeded_by(pages);
            assert_eq!(wrong.len(), expected.len(), "{wrong:?}");
            for (wrong, expected) in wrong.iter().zip(expected) {
                assert!(wrong.starts_with(expected), "{wrong}");
            }
        }
        assert_eq!(budget.acts.exceeded_by(&[weighing("mint", 7)]), [""; 0]);
    }

    #[test]
    fn budgets_that_cannot_be_read_are_errors() {
        for text in [
            "",
            "[pages]",
            "[pages]\n[acts]",
            "[pages]\na = \"many\"\n[acts]\n[examples]",
            "[pages]\na = -1\n[acts]\n[examples]",
        ] {
            assert!(Budget::parse(text).is_err(), "{text}");
        }
    }
}
