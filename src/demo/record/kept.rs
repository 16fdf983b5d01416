use use_aa::SessionId;

use super::Entry;

/// The content of the record. Each line of its text is an operation, the count of a session, or the count of all.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct Kept {
    /// The number of operations that sessions have signed.
    pub(super) spared: u64,
    /// The sessions with their numbers of operations, the latest first.
    used: Vec<(SessionId, u64)>,
    /// The operations, newest first.
    pub(super) entries: Vec<Entry>,
    /// The lines that cannot be read, unchanged.
    pub(super) damaged: Vec<String>,
}

impl Kept {
    /// The maximum number of operations, and of sessions.
    const MOST: usize = 60;
    /// The maximum number of lines that cannot be read.
    const MOST_DAMAGED: usize = 8;

    pub(super) fn read(text: &str) -> Self {
        let mut kept = Self::default();
        for line in text.lines() {
            if kept.line(line).is_none() {
                kept.damaged.push(line.to_owned());
            }
        }
        kept.shorten();
        kept
    }

    fn line(&mut self, line: &str) -> Option<()> {
        let mut words = line.split(' ');
        let first = words.next()?;
        match first {
            "spared" => self.spared = words.next()?.parse().ok()?,
            "session" => self
                .used
                .push((words.next()?.parse().ok()?, words.next()?.parse().ok()?)),
            "op" => self.entries.push(Entry::read(&mut words)?),
            _ => return None,
        }
        words.next().is_none().then_some(())
    }

    pub(super) fn to_text(&self) -> String {
        let mut text = "spared ".to_owned() + &self.spared.to_string();
        for (session, count) in &self.used {
            text = text + "\nsession " + &session.to_string() + " " + &count.to_string();
        }
        for entry in &self.entries {
            text += "\nop";
            entry.write(&mut text);
        }
        for line in &self.damaged {
            text = text + "\n" + line;
        }
        text
    }

    /// Adds an operation, unless the record has it.
    pub(super) fn add(&mut self, entry: Entry) {
        if self.entries.iter().any(|other| other.hash == entry.hash) {
            return;
        }
        if let Some(session) = entry.session {
            self.spared += 1;
            let uses = self.uses(session) + 1;
            self.used.retain(|(other, _)| *other != session);
            self.used.insert(0, (session, uses));
        }
        self.entries.insert(0, entry);
        self.shorten();
    }

    pub(super) fn clear(&mut self) {
        self.entries.clear();
    }

    pub(super) fn uses(&self, session: SessionId) -> u64 {
        let found = self.used.iter().find(|(other, _)| *other == session);
        found.map_or(0, |(_, count)| *count)
    }

    fn shorten(&mut self) {
        self.entries.truncate(Self::MOST);
        self.used.truncate(Self::MOST);
        self.damaged.truncate(Self::MOST_DAMAGED);
    }
}

#[cfg(test)]
mod tests {
    use alloy::primitives::{Address, B256};
    use use_aa::UserOpHash;

    use super::*;
    use crate::demo::record::Outcome;

    fn entry(number: u8) -> Entry {
        Entry {
            hash: UserOpHash(B256::repeat_byte(number)),
            sender: Address::repeat_byte(1),
            session: Some(Address::repeat_byte(2)),
            label: 0,
            is_in_tokens: false,
            signed: 1_800_000_000,
            sent: 1_800_000_001,
            included: 0,
            confirmed: 0,
            is_late: false,
            outcome: Outcome::Pending,
            payer: None,
            transaction: None,
            gas: String::new(),
            cost: String::new(),
        }
    }

    #[test]
    fn text_reads_back_as_it_was() {
        let mut kept = Kept::default();
        kept.add(entry(1));
        kept.add(Entry {
            session: None,
            included: 1_800_000_003,
            is_late: true,
            outcome: Outcome::Reverted,
            payer: Some(Address::repeat_byte(3)),
            transaction: Some(B256::repeat_byte(4)),
            gas: "123456".to_owned(),
            cost: "0.0001".to_owned(),
            ..entry(2)
        });

        let text = kept.to_text();

        assert_eq!(Kept::read(&text), kept);
        assert_eq!(kept.spared, 1);
        assert_eq!(kept.uses(Address::repeat_byte(2)), 1);
        assert_eq!(text.lines().count(), 4);
    }

    #[test]
    fn lines_that_cannot_be_read_are_kept_apart_and_the_others_are_read() {
        let mut kept = Kept::default();
        kept.add(entry(1));
        let good = kept.to_text();
        let damaged = [
            "op 0x12",
            "op",
            "",
            "spared many",
            "spared 1 2",
            "other 1",
            "session 0x 1",
        ];

        let read = Kept::read(&(good + "\n" + &damaged.join("\n")));

        assert_eq!(read.entries, kept.entries);
        assert_eq!(read.damaged, damaged);
        assert_eq!(Kept::read(&read.to_text()).damaged, damaged);
    }

    #[test]
    fn record_has_a_bound_and_the_counts_stay() {
        let mut kept = Kept::default();
        for number in 0..100 {
            kept.add(entry(number));
            kept.add(entry(number));
        }

        assert_eq!(kept.entries.len(), Kept::MOST);
        assert_eq!(kept.entries[0].hash, entry(99).hash);
        assert_eq!(kept.spared, 100);
        assert_eq!(kept.uses(Address::repeat_byte(2)), 100);

        kept.clear();
        assert_eq!((kept.entries.len(), kept.spared), (0, 100));
        assert_eq!(Kept::read(&"x\n".repeat(100)).damaged.len(), Kept::MOST_DAMAGED);
    }
}
