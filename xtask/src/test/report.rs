//! The table at the end of a test run.

use std::{fmt, time::Duration};

use super::{run::Outcome, step::Step, tally::Tally};

/// The results of the steps.
#[derive(Default)]
pub(super) struct Report {
    steps: Vec<(String, Outcome)>,
    /// The steps that were not run.
    pub(super) left: Vec<Step>,
    /// The duration of the run.
    pub(super) elapsed: Duration,
}

impl Report {
    pub(super) fn add(&mut self, step: String, outcome: Outcome) {
        self.steps.push((step, outcome));
    }

    pub(super) fn holds(&self) -> bool {
        self.total().holds()
    }

    fn total(&self) -> Tally {
        self.steps
            .iter()
            .fold(Tally::default(), |sum, (_, outcome)| sum + outcome.tally)
    }
}

/// Formats the explanations of failed tests, and a table whose last line is the total, `12 passed, 0 failed`.
impl fmt::Display for Report {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (step, outcome) in &self.steps {
            for failure in &outcome.failures {
                writeln!(f, "failed in {step}:\n{failure}\n")?;
            }
        }
        writeln!(
            f,
            "{:<9} {:<6} {:>8} {:>8} {:>7} {:>6} {:>7}",
            "step", "result", "building", "running", "passed", "failed", "ignored"
        )?;
        for (step, outcome) in &self.steps {
            let Outcome {
                tally,
                building,
                running,
                failures: _,
            } = outcome;
            let Tally {
                passed,
                failed,
                ignored,
            } = tally;
            let result = if tally.holds() { "ok" } else { "FAILED" };
            let (building, running) = (building.as_secs_f64(), running.as_secs_f64());
            writeln!(
                f,
                "{step:<9} {result:<6} {building:>8.1} {running:>8.1} {passed:>7} {failed:>6} {ignored:>7}"
            )?;
        }
        if !self.left.is_empty() {
            let left: Vec<_> = self.left.iter().map(|step| step.name()).collect();
            writeln!(f, "not run: {}", left.join(", "))?;
        }
        writeln!(f, "{:.1} seconds in all", self.elapsed.as_secs_f64())?;
        writeln!(f, "{}", self.total())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn outcome(building: u64, running: u64, [passed, failed, ignored]: [u64; 3]) -> Outcome {
        Outcome {
            tally: Tally {
                passed,
                failed,
                ignored,
            },
            failures: Vec::new(),
            building: Duration::from_secs(building),
            running: Duration::from_millis(running * 1000 + 250),
        }
    }

    #[test]
    fn the_last_line_is_the_total() {
        let mut report = Report::default();
        report.add("fmt".to_owned(), outcome(0, 1, [0, 0, 0]));
        report.add("core".to_owned(), outcome(90, 30, [40, 0, 1]));
        let held = report.holds();
        let mut failed = outcome(65, 200, [4, 1, 0]);
        failed.failures.push("  1) a spec".to_owned());
        report.add("e2e".to_owned(), failed);
        report.left = vec![Step::Release];
        report.elapsed = Duration::from_millis(386_750);

        assert!(held);
        assert!(!report.holds());
        assert_eq!(
            report.to_string(),
            "failed in e2e:\n  1) a spec\n\n\
             step      result building  running  passed failed ignored\n\
             fmt       ok          0.0      1.2       0      0       0\n\
             core      ok         90.0     30.2      40      0       1\n\
             e2e       FAILED     65.0    200.2       4      1       0\n\
             not run: release\n\
             386.8 seconds in all\n\
             44 passed, 1 failed\n"
        );
    }
}
