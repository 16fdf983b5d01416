//! Fuzz targets for all external input: no input makes the library panic, hang or return a wrong result.
//!
//! Each kind of input has a target, a function that takes bytes and asserts the properties of the result. `cargo xtask
//! fuzz` runs each target for a while. The tests run the targets over their seeds, over mutated seeds, and over inputs
//! that failed before.

mod answers;
mod grants;
mod import;
mod journal;
mod key_data;
mod reverts;
mod services;
mod signatures;
mod store;
mod texts;

#[cfg(test)]
mod tests;

use serde_json::Value;

pub use self::{
    answers::answers, grants::grants, import::import, journal::journal, key_data::key_data, reverts::reverts,
    services::services, signatures::signatures, store::store, texts::texts,
};

/// A reader of bytes from the front, which returns zeros after the end.
struct Reader<'a>(&'a [u8]);

impl<'a> Reader<'a> {
    fn array<const N: usize>(&mut self) -> [u8; N] {
        let mut array = [0; N];
        let taken = self.bytes(N);
        array[..taken.len()].copy_from_slice(taken);
        array
    }

    fn byte(&mut self) -> u8 {
        self.array::<1>()[0]
    }

    fn number(&mut self) -> u64 {
        u64::from_be_bytes(self.array())
    }

    fn bytes(&mut self, most: usize) -> &'a [u8] {
        let (taken, rest) = self.0.split_at(most.min(self.0.len()));
        self.0 = rest;
        taken
    }

    /// Reads bytes after their length, which takes two bytes.
    fn part(&mut self) -> &'a [u8] {
        let length = u16::from_be_bytes(self.array());
        self.bytes(length.into())
    }
}

/// Asserts that two texts hold the same JSON. The last digit of a fraction may differ, because fractions are parsed by
/// a fast and inexact method.
#[track_caller]
fn assert_same(left: &str, right: &str) {
    let read = |text: &str| serde_json::from_str::<Value>(text).expect("it was written");
    assert!(is_same(&read(left), &read(right)), "{left}\nis not\n{right}");
}

fn is_same(left: &Value, right: &Value) -> bool {
    match (left, right) {
        (Value::Array(left), Value::Array(right)) => {
            left.len() == right.len() && left.iter().zip(right).all(|(left, right)| is_same(left, right))
        }
        (Value::Object(left), Value::Object(right)) => {
            let same = |(name, left)| right.get(name).is_some_and(|right| is_same(left, right));
            left.len() == right.len() && left.iter().all(same)
        }
        (Value::Number(left), Value::Number(right)) if left.is_f64() && right.is_f64() => {
            let (left, right) = (
                left.as_f64().unwrap_or_default(),
                right.as_f64().unwrap_or_default(),
            );
            (left - right).abs() <= left.abs() * 1e-15
        }
        (left, right) => left == right,
    }
}

/// Asserts that a text can be displayed: one line, with at most `most` characters.
#[track_caller]
fn assert_shown(text: &str, most: usize) {
    assert!(
        !text.contains(char::is_control),
        "there is a control character in {text:?}"
    );
    let length = text.chars().count();
    assert!(
        length <= most,
        "{length} characters are more than {most}: {text:?}"
    );
}
