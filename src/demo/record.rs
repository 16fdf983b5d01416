//! The record of the operations that were sent from this browser, in its local storage.

mod entry;
mod kept;

use leptos::{ev, prelude::*, task::spawn_local};
use leptos_use_event_listener::use_event_listener;
use use_aa::{PendingUserOp, SessionId, SmartAccountClient, UserOpHash, UserOpReceipt};

pub(crate) use self::entry::{Entry, Outcome};
use self::kept::Kept;
use super::components::seconds;

/// The version of the text. A text of another version has another name.
const NAME: &str = "night-bloom:operations:1:";

/// The record of a chain's operations. Without storage the record ends with the page.
#[derive(Clone, Copy)]
pub(crate) struct Record {
    name: StoredValue<String>,
    kept: RwSignal<Kept>,
}

impl Record {
    /// Restores the record of a chain, and follows the changes of other tabs.
    pub(crate) fn restore(chain_id: u64) -> Self {
        let name = StoredValue::new(NAME.to_owned() + &chain_id.to_string());
        let record = Self {
            name,
            kept: RwSignal::new(Kept::default()),
        };
        record.kept.set(record.read());
        let _stop = use_event_listener(window(), ev::storage, move |_| record.kept.set(record.read()));
        record
    }

    /// Records an operation that the bundler has accepted, or may have, with what the library knows of it.
    pub(crate) fn sent(self, client: Option<SmartAccountClient>, hash: UserOpHash) {
        let now = seconds();
        spawn_local(async move {
            let Some(client) = client else { return };
            let pending = client.pending_user_ops().await.unwrap_or_default();
            if let Some(op) = pending.iter().find(|op| op.hash == hash) {
                self.change(|kept| kept.add(Entry::sent(op, now)));
            }
        });
    }

    /// Adds a pending operation that another tab has sent, or this page before a crash.
    pub(crate) fn found(self, op: &PendingUserOp) {
        let is_known = |kept: &Kept| kept.entries.iter().any(|entry| entry.hash == op.hash);
        if !self.kept.with_untracked(is_known) {
            self.change(|kept| kept.add(Entry::sent(op, op.sent_at)));
        }
    }

    /// Records the receipt of an operation that is followed since the given time, in seconds since 1970.
    pub(crate) fn included(self, receipt: &UserOpReceipt, since: u64) {
        self.update(receipt.hash, |entry| entry.include(receipt, seconds(), since));
    }

    /// Records that a block follows the block of an operation.
    pub(crate) fn confirmed(self, hash: UserOpHash) {
        self.update(hash, |entry| entry.confirmed = seconds());
    }

    /// Records that an operation was not included.
    pub(crate) fn ended(self, hash: UserOpHash, outcome: Outcome) {
        self.update(hash, |entry| entry.outcome = outcome);
    }

    /// Removes all operations. The counts of the sessions stay.
    pub(crate) fn clear(self) {
        self.change(Kept::clear);
    }

    /// Removes the lines that cannot be read.
    pub(crate) fn forget_damaged(self) {
        self.change(|kept| kept.damaged.clear());
    }

    /// Returns the operations, newest first.
    pub(crate) fn entries(self) -> Vec<Entry> {
        self.kept.with(|kept| kept.entries.clone())
    }

    /// Returns the number of lines that cannot be read.
    pub(crate) fn damaged(self) -> usize {
        self.kept.with(|kept| kept.damaged.len())
    }

    /// Returns the number of operations that sessions have signed in place of the wallet.
    pub(crate) fn spared(self) -> u64 {
        self.kept.with(|kept| kept.spared)
    }

    /// Returns the number of operations that a session has signed.
    pub(crate) fn uses(self, session: SessionId) -> u64 {
        self.kept.with(|kept| kept.uses(session))
    }

    fn update(self, hash: UserOpHash, change: impl FnOnce(&mut Entry)) {
        self.change(|kept| {
            if let Some(entry) = kept.entries.iter_mut().find(|entry| entry.hash == hash) {
                change(entry);
            }
        });
    }

    /// Changes the record as all tabs have left it.
    fn change(self, change: impl FnOnce(&mut Kept)) {
        let mut kept = self.read();
        change(&mut kept);
        if let Some(storage) = storage() {
            // If the storage is full, the change is lost with the next one.
            let _ = self
                .name
                .with_value(|name| storage.set_item(name, &kept.to_text()));
        }
        self.kept.set(kept);
    }

    fn read(self) -> Kept {
        let text = storage().and_then(|storage| self.name.with_value(|name| storage.get_item(name).ok()));
        match text {
            Some(text) => Kept::read(&text.unwrap_or_default()),
            None => self.kept.get_untracked(),
        }
    }
}

/// Returns the record of the dapp.
pub(crate) fn use_record() -> Record {
    expect_context()
}

/// Returns the browser's local storage, unless the browser refuses it to the page.
pub(crate) fn storage() -> Option<web_sys::Storage> {
    window().local_storage().ok()?
}
