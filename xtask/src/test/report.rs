//! The table at the end of a test run.

use std::{fmt, time::Duration};

use super::tally::Tally;

/// What became of each step.
#[derive(Default)]
pub(super) struct Report {
    steps: Vec<(String, Tally, Duration)>,
}

impl Report {
    pub(super) fn add(&mut self, step: String, tally: Tally, took: Duration) {
        self.steps.push((step, tally, took));
    }

    pub(super) fn holds(&self) -> bool {
        self.total().holds()
    }

    fn total(&self) -> Tally {
        self.steps
            .iter()
            .fold(Tally::default(), |sum, (_, tally, _)| sum + *tally)
    }
}

/// A table whose last line is the total, `12 passed, 0 failed`.
impl fmt::Display for Report {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        writeln!(
            f,
            "{:<9} {:<6} {:>6} {:>6} {:>7} {:>8}",
            "step", "result", "passed", "failed", "ignored", "seconds"
        )?;
        for (step, tally, took) in &self.steps {
            let Tally {
                passed,
                failed,
                ignored,
            } = tally;
            let result = if tally.holds() { "ok" } else { "FAILED" };
            let seconds = took.as_secs_f64();
            writeln!(
                f,
                "{step:<9} {result:<6} {passed:>6} {failed:>6} {ignored:>7} {seconds:>8.1}"
            )?;
        }
        writeln!(f, "{}", self.total())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_last_line_is_the_total() {
        let mut report = Report::default();
        report.add("fmt".to_owned(), Tally::default(), Duration::from_millis(1200));
        report.add(
            "core".to_owned(),
            Tally {
                passed: 40,
                failed: 0,
                ignored: 1,
            },
            Duration::from_secs(90),
        );
        let held = report.holds();
        report.add(
            "e2e".to_owned(),
            Tally {
                passed: 4,
                failed: 1,
                ignored: 0,
            },
            Duration::from_secs(30),
        );

        assert!(held);
        assert!(!report.holds());
        assert_eq!(
            report.to_string(),
            "step      result passed failed ignored  seconds\n\
             fmt       ok          0      0       0      1.2\n\
             core      ok         40      0       1     90.0\n\
             e2e       FAILED      4      1       0     30.0\n\
             44 passed, 1 failed\n"
        );
    }
}
