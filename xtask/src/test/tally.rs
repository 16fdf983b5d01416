//! Counts of test results.

use std::{fmt, ops::Add};

use serde_json::Value;

/// The test counts of one step.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub(super) struct Tally {
    pub(super) passed: u64,
    pub(super) failed: u64,
    pub(super) ignored: u64,
}

impl Tally {
    /// Returns the tally of a failed check: one failure.
    pub(super) fn failure() -> Self {
        Self {
            failed: 1,
            ..Self::default()
        }
    }

    /// Returns true if there are no failures.
    pub(super) fn holds(self) -> bool {
        self.failed == 0
    }

    /// Sums the lines `test result: ..` of cargo's and wasm-bindgen's test runners.
    pub(super) fn of_cargo(output: &str) -> Self {
        output
            .lines()
            .filter_map(|line| line.split_once("test result: "))
            .map(|(_, counts)| Self {
                passed: number_before(counts, " passed"),
                failed: number_before(counts, " failed"),
                ignored: number_before(counts, " ignored"),
            })
            .fold(Self::default(), Self::add)
    }

    /// Reads the last line of the form `3 passed, 0 failed`.
    pub(super) fn of_last_line(output: &str) -> Self {
        output
            .lines()
            .rev()
            .find(|line| line.contains(" passed, ") && line.contains(" failed"))
            .map_or_else(Self::default, |line| Self {
                passed: number_before(line, " passed"),
                failed: number_before(line, " failed"),
                ignored: 0,
            })
    }

    /// Reads Playwright's JSON report.
    pub(super) fn of_playwright(report: &str) -> Option<Self> {
        let report: Value = serde_json::from_str(report).ok()?;
        let count = |name| report["stats"][name].as_u64();
        Some(Self {
            passed: count("expected")?,
            failed: count("unexpected")? + count("flaky")?,
            ignored: count("skipped")?,
        })
    }
}

/// Returns the part of a runner's output that explains its failed tests: from the first explanation of cargo, of Playwright or
/// of the step with the bundlers, or else the last lines.
pub(super) fn explanation(output: &str) -> String {
    const MOST: usize = 60;

    let is_frame = |line: &str| {
        let line = line.trim_start();
        let number = line.split_once(": ").map(|(number, _)| number);
        line.starts_with("at ") || number.is_some_and(|number| number.parse::<u32>().is_ok())
    };
    let lines = output.lines().filter(|line| !is_frame(line));
    let lines = lines.collect::<Vec<_>>();
    let starts = |line: &&str| *line == "failures:" || line.starts_with("---- ") || line.starts_with("  1) ");
    let last = lines.len().saturating_sub(MOST);
    let first = lines.iter().position(starts).unwrap_or(last);
    let shown = lines.iter().skip(first).take(MOST);
    shown.copied().collect::<Vec<_>>().join("\n")
}

impl Add for Tally {
    type Output = Self;

    fn add(self, other: Self) -> Self {
        Self {
            passed: self.passed + other.passed,
            failed: self.failed + other.failed,
            ignored: self.ignored + other.ignored,
        }
    }
}

impl fmt::Display for Tally {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { passed, failed, .. } = self;
        write!(f, "{passed} passed, {failed} failed")
    }
}

/// Returns the number before a word: 12 for ` passed` in `ok. 12 passed; 0 failed`, and 0 without a match.
fn number_before(text: &str, word: &str) -> u64 {
    text.split_once(word)
        .and_then(|(before, _)| before.rsplit(|c: char| !c.is_ascii_digit()).next())
        .and_then(|digits| digits.parse().ok())
        .unwrap_or(0)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn tally(passed: u64, failed: u64, ignored: u64) -> Tally {
        Tally {
            passed,
            failed,
            ignored,
        }
    }

    #[test]
    fn every_test_binary_of_cargo_counts() {
        let output = "
running 12 tests
test session::tree::tests::two_leaves ... ok

test result: ok. 12 passed; 0 failed; 1 ignored; 0 measured; 0 filtered out; finished in 0.00s

     Running tests/vectors.rs
test result: FAILED. 3 passed; 2 failed; 0 ignored; 0 measured; 0 filtered out; finished in 1.20s
";

        assert_eq!(Tally::of_cargo(output), tally(15, 2, 1));
        assert_eq!(Tally::of_cargo("error: could not compile"), tally(0, 0, 0));
    }

    #[test]
    fn the_wasm_runner_is_read_alike() {
        let output = "test result: ok. 3 passed; 0 failed; 0 ignored; 0 filtered out; finished in 0.02s";

        assert_eq!(Tally::of_cargo(output), tally(3, 0, 0));
    }

    #[test]
    fn the_last_count_of_a_script_stands() {
        let output = "accounts: 1 passed, 0 failed\n4 passed, 1 failed\ndone\n";

        assert_eq!(Tally::of_last_line(output), tally(4, 1, 0));
        assert_eq!(Tally::of_last_line("Error: no devnet"), tally(0, 0, 0));
    }

    #[test]
    fn failed_tests_are_explained() {
        let long = "line\n".repeat(100);
        for (output, expected) in [
            (
                "test a ... FAILED\n\nfailures:\n\n---- a ----\n   0: f\n      at ./f.rs:1\nboom",
                "failures:\n\n---- a ----\nboom",
            ),
            (
                "ok\n---- alto: pair 007 ----\nlost",
                "---- alto: pair 007 ----\nlost",
            ),
            ("ok\n  1) a spec\n    lost", "  1) a spec\n    lost"),
            ("error: no devnet", "error: no devnet"),
            (&long, long[..60 * 5].trim_end()),
        ] {
            assert_eq!(explanation(output), expected);
        }
    }

    #[test]
    fn a_flaky_browser_test_has_failed() {
        let report = r#"{"stats": {"expected": 7, "skipped": 1, "unexpected": 2, "flaky": 1}}"#;

        assert_eq!(Tally::of_playwright(report), Some(tally(7, 3, 1)));
        assert_eq!(Tally::of_playwright("{}"), None);
    }
}
