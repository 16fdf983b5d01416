use std::fmt;

use crate::platform::Json;

/// The entries of a ledger that could not be read, in their stored form, each under the name of its part.
///
/// Damaged keys are only counted, because they may be unencrypted. `Debug` shows no entry.
#[derive(Clone, Default)]
pub(super) struct Damaged(Vec<Json>);

impl Damaged {
    /// The maximum number of entries. Later entries are dropped.
    const MOST: usize = 64;
    /// The maximum length of an entry's text, in bytes.
    const LONGEST: usize = 4_000;

    /// Reads the entries that were set aside before.
    pub(super) fn read(written: &Json) -> Self {
        let mut damaged = Self::default();
        for entry in written.members().unwrap_or_default() {
            match entry.fields().and_then(<[_]>::first) {
                Some((part, entry)) => damaged.set_aside(part, entry),
                None => damaged.set_aside("text", &Json::Null),
            }
        }
        damaged
    }

    /// Returns the entries in their stored form.
    pub(super) fn written(&self) -> &[Json] {
        &self.0
    }

    pub(super) const fn len(&self) -> usize {
        self.0.len()
    }

    /// Sets aside an entry of a part of the ledger.
    pub(super) fn set_aside(&mut self, part: &str, entry: &Json) {
        if self.0.len() >= Self::MOST {
            return;
        }
        let is_kept = matches!(part, "trees" | "leaves") && entry.to_string().len() <= Self::LONGEST;
        let part = match part {
            "trees" | "leaves" | "keys" => part,
            _ => "text",
        };
        self.0
            .push(Json::object([(part, is_kept.then(|| entry.clone()).into())]));
    }
}

impl fmt::Debug for Damaged {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} entries", self.0.len())
    }
}
