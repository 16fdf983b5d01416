use alloy::primitives::{Address, B256};
use serde_json::Value;

use super::assert_same;
use crate::{primitives::UserOpHash, store::StoreError, tracking::Journal};

/// The maximum number of damaged entries that are kept.
const MOST_DAMAGED: usize = 8;

/// Fuzzes the stored journal of pending user operations.
///
/// Complete entries are read, damaged ones are set aside, and a written journal reads back unchanged.
pub fn journal(bytes: &[u8]) {
    let Ok(text) = str::from_utf8(bytes) else { return };
    let account = Address::repeat_byte(0x11);
    let journal = match Journal::read(Some(text), account) {
        Ok(journal) => journal,
        Err(error) => return assert!(matches!(error, StoreError::Newer(_)), "{error}"),
    };

    let Some(written) = journal.to_text().expect("a journal can be written") else {
        return assert!(journal.ops.is_empty());
    };
    let again = Journal::read(Some(&written), account).expect("what was written can be read");
    assert_eq!(again.ops, journal.ops);
    let again = again.to_text().expect("a journal can be written");
    assert_same(&again.unwrap_or_default(), &written);
    nothing_is_lost(text, &written);

    let mut hashes = journal.ops.iter().map(|op| op.hash).collect::<Vec<_>>();
    hashes.push(UserOpHash(B256::repeat_byte(0x77)));
    for hash in hashes.into_iter().take(8) {
        let mut fewer = journal.clone();
        fewer.remove(hash);
        assert!(fewer.ops.iter().all(|op| op.hash != hash));
    }
    for op in journal.ops.iter().take(8) {
        assert_eq!(op.sender, account);
        let mut more = journal.clone();
        more.add(op.clone());
        assert_eq!(more.ops.last(), Some(op));
        let same = |other: &&crate::tracking::PendingUserOp| other.hash == op.hash;
        assert_eq!(more.ops.iter().filter(same).count(), 1);
    }
}

/// Asserts that each operation is kept or set aside, up to the maximum number of damaged entries.
fn nothing_is_lost(text: &str, written: &str) {
    let before: Value = serde_json::from_str(text).unwrap_or_default();
    let after: Value = serde_json::from_str(written).expect("it was written");
    let list = |journal: &Value, part: &str| journal[part].as_array().cloned().unwrap_or_default();
    let damaged = list(&after, "damaged");
    assert!(damaged.len() <= MOST_DAMAGED, "{} are too many", damaged.len());
    let ops = list(&before, "ops");
    if before["ops"].is_array() && damaged.len() < MOST_DAMAGED {
        let total = list(&after, "ops").len() + damaged.len();
        assert_eq!(total, ops.len() + list(&before, "damaged").len(), "{written}");
    }
}
