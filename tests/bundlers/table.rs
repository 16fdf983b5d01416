use std::fmt::Write as _;

use crate::Fallible;

/// The text of the table of expected outcomes, which is the documentation as well.
const TEXT: &str = include_str!("../../docs/bundlers.md");

/// An outcome that is no error: the act had its effect.
pub(crate) const WORKS: &str = "works";

/// The cell of an act that a bundler has no part for.
pub(crate) const NOT_OFFERED: &str = "-";

/// The outcomes of all acts with all bundlers.
pub(crate) struct Table {
    /// The names of the bundlers.
    pub(crate) bundlers: Vec<String>,
    /// The name of each act, with the outcome for each bundler.
    pub(crate) rows: Vec<(String, Vec<String>)>,
}

impl Table {
    /// Reads the expected outcomes: the first table of the documentation.
    pub(crate) fn expected() -> Self {
        let is_row = |line: &&str| line.starts_with('|');
        let text = TEXT.lines().skip_while(|line| !is_row(line));
        let mut lines = text.take_while(is_row).map(cells);
        let mut header = lines.next().unwrap_or_default().into_iter();
        // The first column and the line below the header have no outcomes.
        let bundlers = header.by_ref().skip(1).collect();
        let rows = lines.skip(1).map(|cells| {
            let mut cells = cells.into_iter();
            (cells.next().unwrap_or_default(), cells.collect())
        });
        Self {
            bundlers,
            rows: rows.collect(),
        }
    }

    /// Checks that the table has these columns and rows, in order.
    ///
    /// # Errors
    /// Fails if the documentation lacks one, or has another one.
    pub(crate) fn check<'a>(
        &self,
        bundlers: impl Iterator<Item = &'a str>,
        acts: impl Iterator<Item = &'a str>,
    ) -> Fallible<()> {
        let columns = self.bundlers.iter().map(String::as_str);
        let rows = self.rows.iter().map(|(act, _)| act.as_str());
        for (expected, actual) in [
            (bundlers.collect::<Vec<_>>(), columns.collect::<Vec<_>>()),
            (acts.collect(), rows.collect()),
        ] {
            if expected != actual {
                return Err(format!("docs/bundlers.md has {actual:?}; write {expected:?}").into());
            }
        }
        Ok(())
    }

    /// Returns the outcome of an act with a bundler.
    pub(crate) fn outcome(&self, bundler: &str, act: &str) -> Option<&str> {
        let column = self.bundlers.iter().position(|name| name == bundler)?;
        let (_, outcomes) = self.rows.iter().find(|(name, _)| name == act)?;
        outcomes.get(column).map(String::as_str)
    }

    /// Returns the table with the outcomes of a run, in the notation of the documentation.
    pub(crate) fn with(&self, outcome: impl Fn(&str, &str) -> Option<String>) -> String {
        let mut text = format!("| Act | {} |\n", self.bundlers.join(" | "));
        text += &format!("|{}\n", "---|".repeat(self.bundlers.len() + 1));
        for (act, _) in &self.rows {
            let _ = write!(text, "| {act} |");
            for bundler in &self.bundlers {
                let cell = match outcome(bundler, act) {
                    None => "not run".to_owned(),
                    Some(outcome) if outcome == WORKS || outcome == NOT_OFFERED => outcome,
                    Some(code) => format!("`{code}`"),
                };
                let _ = write!(text, " {cell} |");
            }
            text.push('\n');
        }
        text
    }
}

/// Splits a line of a Markdown table into its cells, without the marks of code.
fn cells(line: &str) -> Vec<String> {
    let cells = line.trim_matches('|').split('|');
    cells
        .map(|cell| cell.trim().trim_matches('`').to_owned())
        .collect()
}
