use std::fmt;

use serde_json::{Value, json};

/// Entries of a book that could not be read, as they were written, each under the name of its part.
///
/// Of keys it is told only that there were some, for they may lie open. `Debug` shows none.
#[derive(Clone, Default)]
pub(super) struct Damaged(Vec<Value>);

impl Damaged {
    /// How many entries are kept, the oldest ones.
    const MOST: usize = 64;
    /// How long the text of an entry may be.
    const LONGEST: usize = 4_000;

    /// Those that were set aside before.
    pub(super) fn read(written: &Value) -> Self {
        let mut damaged = Self::default();
        for entry in written.as_array().into_iter().flatten() {
            match entry.as_object().and_then(|entry| entry.iter().next()) {
                Some((part, entry)) => damaged.set_aside(part, entry),
                None => damaged.set_aside("text", &Value::Null),
            }
        }
        damaged
    }

    /// Those that there are, as they are written down.
    pub(super) fn written(&self) -> &[Value] {
        &self.0
    }

    pub(super) const fn len(&self) -> usize {
        self.0.len()
    }

    /// Sets an entry of a part of the book aside.
    pub(super) fn set_aside(&mut self, part: &str, entry: &Value) {
        if self.0.len() >= Self::MOST {
            return;
        }
        let is_kept = matches!(part, "trees" | "leaves") && entry.to_string().len() <= Self::LONGEST;
        let part = match part {
            "trees" | "leaves" | "keys" => part,
            _ => "text",
        };
        self.0.push(json!({part: is_kept.then_some(entry)}));
    }
}

impl fmt::Debug for Damaged {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} entries", self.0.len())
    }
}
