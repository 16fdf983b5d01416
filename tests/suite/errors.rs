//! Every error code of the guide is reached through the public API, with a well-formed message.
//!
//! Fails for a code that neither a test here nor one of [another suite](other_tests::TESTS) reaches.
#![allow(clippy::unwrap_used, reason = "a test that cannot go on has failed")]

use std::{
    collections::{BTreeMap, BTreeSet},
    fmt::Debug,
};

use use_aa::{Error, ErrorKind};

use crate::support::Outcome;

mod acts;
mod limits;
mod other_tests;
mod services;
mod values;

const GUIDE: &str = include_str!("../../src/guide/errors.md");

#[tokio::test]
async fn every_error_is_reached_and_says_what_is_wrong() -> Outcome {
    let mut table = Table::default();
    values::provoke(&mut table).await?;
    limits::provoke(&mut table)?;
    services::provoke(&mut table).await?;
    acts::provoke(&mut table).await?;
    table.print();

    let others = other_tests::TESTS.iter().map(|test| test.code);
    let reached = table.0.into_keys().chain(others).collect::<BTreeSet<_>>();
    let listed = codes().into_keys().collect::<BTreeSet<_>>();
    let missing = listed.difference(&reached).collect::<Vec<_>>();
    let unknown = reached.difference(&listed).collect::<Vec<_>>();
    assert_eq!(
        (missing, unknown),
        (vec![], vec![]),
        "provoke these, and list those"
    );
    Ok(())
}

/// Returns the codes of the guide, each with its error variants.
fn codes() -> BTreeMap<&'static str, Vec<&'static str>> {
    let (table, _) = GUIDE.split_once("\n# The codes of the sample dapp").unwrap();
    let rows = table.lines().filter_map(|line| line.strip_prefix("| `"));
    let row = |row: &'static str| {
        let mut cells = row.split(" | ");
        let code = cells.next().unwrap().trim_matches('`');
        let variants = cells.next().unwrap().split(", ");
        (code, variants.map(|variant| variant.trim_matches('`')).collect())
    };
    rows.map(row).collect()
}

/// The codes reached so far, each with the call and the message.
#[derive(Default)]
struct Table(BTreeMap<&'static str, (&'static str, String)>);

impl Table {
    /// Records the error of a call, which must fail.
    fn add<T: Debug>(&mut self, act: &'static str, outcome: Result<T, impl Into<Error>>) -> Outcome {
        let error: Error = match outcome {
            Err(error) => error.into(),
            Ok(answer) => return Err(format!("{act}: this is no error, but {answer:?}").into()),
        };
        let text = error.to_string();
        assert!(is_well_said(&text), "{act}: {text:?}");
        let last = match error.kind() {
            ErrorKind::TimedOut { last, .. } => last.as_ref().map(|last| last.code()),
            _ => None,
        };
        for code in last.into_iter().chain([error.code()]) {
            self.0.entry(code).or_insert_with(|| (act, text.clone()));
        }
        Ok(())
    }

    /// Records the error of a call, which must have this code.
    fn add_code<T: Debug>(
        &mut self,
        code: &str,
        act: &'static str,
        outcome: Result<T, impl Into<Error>>,
    ) -> Outcome {
        let outcome = outcome.map_err(Into::into);
        let given = outcome.as_ref().err().map(Error::code);
        assert_eq!(given, Some(code), "{act}: {outcome:?}");
        self.add(act, outcome)
    }

    fn print(&self) {
        for (code, (act, text)) in &self.0 {
            println!("{code}\n    {act}\n    {text}");
        }
        for other_tests::Test { code, file, name } in other_tests::TESTS {
            println!("{code}\n    {name} in {file}");
        }
    }
}

/// Returns true if a message is one line that starts in lower case and ends without a full stop.
fn is_well_said(text: &str) -> bool {
    let begins_low = text.chars().next().is_some_and(|first| !first.is_uppercase());
    begins_low && !text.ends_with('.') && !text.contains('\n')
}
