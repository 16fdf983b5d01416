//! Every error of the client is reached by a public act, and says what is wrong.
//!
//! A variant that no act reaches here, and none of the [tests elsewhere](elsewhere::TESTS), fails.
#![allow(clippy::unwrap_used, reason = "a test that cannot go on has failed")]

use std::{collections::BTreeMap, fmt::Debug};

use use_aa::{Error, SignerError};

use crate::support::Outcome;

mod acts;
mod elsewhere;
mod services;
mod values;

/// Every enum of errors, and the file that declares it.
const ENUMS: [(&str, &str); 9] = [
    ("Error", include_str!("../../src/client/error.rs")),
    ("Failure", include_str!("../../src/rpc/error.rs")),
    ("ImportError", include_str!("../../src/session/book/import.rs")),
    ("OwnerError", include_str!("../../src/account/owner.rs")),
    ("PolicyError", include_str!("../../src/session/policy/error.rs")),
    ("SignerError", include_str!("../../src/session/signer.rs")),
    ("StoreError", include_str!("../../src/session/store.rs")),
    ("UrlError", include_str!("../../src/rpc/url.rs")),
    ("Violation", include_str!("../../src/session/permission.rs")),
];

#[tokio::test]
async fn every_error_is_reached_and_says_what_is_wrong() -> Outcome {
    let mut table = Table::default();
    values::provoke(&mut table).await?;
    services::provoke(&mut table).await?;
    acts::provoke(&mut table).await?;
    table.print();

    let reached = table.0.keys().map(String::as_str);
    let reached = reached.chain(elsewhere::TESTS.iter().map(|test| test.variant));
    let reached = reached.collect::<Vec<_>>();
    let missing = variants()
        .into_iter()
        .filter(|name| !reached.contains(&name.as_str()));
    assert_eq!(missing.collect::<Vec<_>>(), [""; 0], "provoke these too");
    Ok(())
}

#[test]
fn enums_that_errors_are_made_of_are_all_looked_at() {
    let (_, client) = ENUMS[0];
    for made_of in client.split("#[from] ").skip(1) {
        let name = made_of.split(')').next().unwrap();
        // It is a struct around a `Failure`.
        let name = name.replace("ServiceError", "Failure");
        assert!(
            ENUMS.iter().any(|(listed, _)| *listed == name),
            "{name} is missing"
        );
    }
}

/// Which errors were reached: by which act, and with what words.
#[derive(Default)]
struct Table(BTreeMap<String, (&'static str, String)>);

impl Table {
    /// Notes the error of an act, which must be one.
    fn add<T: Debug>(&mut self, act: &'static str, outcome: Result<T, impl Into<Error>>) -> Outcome {
        let error: Error = match outcome {
            Err(error) => error.into(),
            Ok(answer) => return Err(format!("{act}: this is no error, but {answer:?}").into()),
        };
        let text = error.to_string();
        assert!(is_well_said(&text), "{act}: {text:?}");
        for name in names(&error) {
            self.0.entry(name).or_insert_with(|| (act, text.clone()));
        }
        Ok(())
    }

    fn print(&self) {
        for (name, (act, text)) in &self.0 {
            println!("{name}\n    {act}\n    {text}");
        }
        for elsewhere::Test { variant, file, name } in elsewhere::TESTS {
            println!("{variant}\n    {name} in {file}");
        }
    }
}

/// On one line, in lower case, without a full stop.
fn is_well_said(text: &str) -> bool {
    let begins_low = text.chars().next().is_some_and(|first| !first.is_uppercase());
    begins_low && !text.ends_with('.') && !text.contains('\n')
}

/// The error's name, and those of what it is made of.
fn names(error: &Error) -> Vec<String> {
    let inner = match error {
        Error::Service(error) => Some(name("Failure", &error.failure)),
        Error::Owner(error) => Some(name("OwnerError", error)),
        Error::Policy(error) => Some(name("PolicyError", error)),
        Error::Store(error) => Some(name("StoreError", error)),
        Error::Import(error) => Some(name("ImportError", error)),
        Error::SessionSigner(error) => Some(name("SignerError", error)),
        Error::Url(error) => Some(name("UrlError", error)),
        Error::TimedOut {
            last: Some(error), ..
        } => Some(name("Failure", &error.failure)),
        Error::Forbidden(violation) => Some(name("Violation", violation)),
        _ => None,
    };
    let innermost = match error {
        Error::SessionSigner(SignerError::Store(error)) => Some(name("StoreError", error)),
        _ => None,
    };
    let names = [name("Error", error)].into_iter();
    names.chain(inner).chain(innermost).collect()
}

fn name(of: &str, error: &impl Debug) -> String {
    let shown = format!("{error:?}");
    let variant = shown.split(|c: char| !c.is_alphanumeric()).next();
    format!("{of}::{}", variant.unwrap_or_default())
}

/// The names of all variants, as they are declared.
fn variants() -> Vec<String> {
    let of_enum = |(name, source): &(&str, &str)| {
        let (_, body) = source.split_once(&format!("pub enum {name} {{\n")).unwrap();
        let (body, _) = body.split_once("\n}\n").unwrap();
        let variants = body.lines().filter_map(|line| line.strip_prefix("    "));
        let variants = variants.filter(|line| line.starts_with(char::is_uppercase));
        let variant = |line: &str| {
            line.split(|c: char| !c.is_alphanumeric())
                .next()
                .map(str::to_owned)
        };
        let names = variants
            .filter_map(variant)
            .map(|variant| format!("{name}::{variant}"));
        names.collect::<Vec<_>>()
    };
    ENUMS.iter().flat_map(of_enum).collect()
}
