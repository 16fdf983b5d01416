mod written;

use std::sync::Arc;

use alloy::primitives::{Address, U256};

use super::{PendingUserOp, UserOpKind};
use crate::{
    error::{Error, ErrorKind},
    platform::Json,
    primitives::{EntryPoint, UserOpHash, checksum},
    store::{SessionStore, StoreError},
};

/// The pending operations of an account, oldest first.
#[derive(Clone, Debug, Default)]
pub(crate) struct Journal {
    pub(crate) ops: Vec<PendingUserOp>,
    /// Operations that have ended recently, oldest first. A reorg may make one pending again, and a later
    /// wait can still learn the end.
    over: Vec<PendingUserOp>,
    /// Entries that could not be read, unchanged. An entry that was too large to keep is null.
    damaged: Vec<Json>,
}

impl Journal {
    const VERSION: u32 = 1;
    /// The maximum number of pending operations.
    const MOST: usize = 64;
    /// The maximum number of ended operations.
    const MOST_OVER: usize = 8;
    /// The maximum size of an operation's call data, in bytes.
    pub(crate) const MOST_CALL_DATA: usize = 16 << 10;
    /// The maximum number of unreadable entries.
    const MOST_DAMAGED: usize = 8;

    /// Adds an operation, and returns true if the journal had it before. If the journal is full, the oldest operation that is
    /// not a grant is removed.
    pub(crate) fn add(&mut self, op: PendingUserOp) -> bool {
        let is_again = self
            .ops
            .iter()
            .chain(&self.over)
            .any(|other| other.hash == op.hash);
        self.ops.retain(|other| other.hash != op.hash);
        if self.ops.len() >= Self::MOST {
            let is_grant = |op: &PendingUserOp| matches!(op.kind, UserOpKind::Grant { .. });
            let oldest = self.ops.iter().position(|op| !is_grant(op));
            self.ops.remove(oldest.unwrap_or(0));
        }
        self.ops.push(op);
        is_again
    }

    /// Removes an operation.
    pub(crate) fn remove(&mut self, hash: UserOpHash) {
        self.ops.retain(|op| op.hash != hash);
    }

    /// Returns the number of entries that could not be read, at most 8.
    pub(crate) const fn damaged(&self) -> usize {
        self.damaged.len()
    }

    /// Removes the entries that could not be read.
    pub(crate) fn discard_damaged(&mut self) {
        self.damaged.clear();
    }

    /// Moves matching operations to the ended ones.
    fn end(&mut self, is_over: impl Fn(&PendingUserOp) -> bool) {
        self.over.extend(self.ops.extract_if(.., |op| is_over(op)));
        let too_many = self.over.len().saturating_sub(Self::MOST_OVER);
        self.over.drain(..too_many);
    }

    /// Makes an ended operation pending again, because a reorg has removed its block.
    fn reopen(&mut self, hash: UserOpHash) {
        let again = self.over.extract_if(.., |op| op.hash == hash);
        self.ops.extend(again);
    }
}

/// The journal of an account in its store.
#[derive(Clone)]
pub(crate) struct Journals {
    entry_point: EntryPoint,
    account: Address,
    store: Arc<dyn SessionStore>,
}

impl Journals {
    pub(crate) fn new(entry_point: EntryPoint, account: Address, store: Arc<dyn SessionStore>) -> Self {
        Self {
            entry_point,
            account,
            store,
        }
    }

    /// Returns the pending operations, oldest first.
    pub(crate) async fn pending_user_ops(&self) -> Result<Vec<PendingUserOp>, Error> {
        Ok(self.journal().await?.ops)
    }

    /// Returns a pending operation.
    ///
    /// # Errors
    ///
    /// [`ErrorKind::NotPending`] if the operation is not recorded as pending, or the journal cannot be read.
    pub(crate) async fn pending(&self, hash: UserOpHash) -> Result<PendingUserOp, Error> {
        let ops = self.pending_user_ops().await.unwrap_or_default();
        let found = ops.into_iter().find(|op| op.hash == hash);
        found.ok_or_else(|| Error::from(ErrorKind::NotPending(hash)))
    }

    /// Returns the record of a pending or ended operation.
    pub(crate) async fn kept(&self, hash: UserOpHash) -> Option<PendingUserOp> {
        let Journal { ops, over, .. } = self.journal().await.ok()?;
        ops.into_iter().chain(over).find(|op| op.hash == hash)
    }

    /// Records an operation that is about to be sent. Returns true if it was recorded before, as far as the journal can be
    /// read, and whether it is recorded now.
    pub(crate) async fn record_sending(&self, op: PendingUserOp) -> (bool, Result<(), StoreError>) {
        let mut is_again = false;
        let add = |journal: &mut Journal| is_again = journal.add(op);
        let recorded = self.change_journal(Box::new(add)).await;
        (is_again, recorded)
    }

    /// Removes the record of an operation that was not sent.
    pub(crate) async fn record_unsent(&self, hash: UserOpHash) {
        let remove = move |journal: &mut Journal| journal.remove(hash);
        let _ = self.change_journal(Box::new(remove)).await;
    }

    /// Records that a nonce is used: one of its operations was included, so the others never will be. A
    /// failure is ignored, because the next wait finds the same.
    pub(crate) async fn record_used(&self, nonce: U256) {
        let end = move |journal: &mut Journal| journal.end(|op| op.nonce == nonce);
        let _ = self.change_journal(Box::new(end)).await;
    }

    /// Records that the bundler has lost an operation whose nonce is unused. The operation stays pending for
    /// a day, so that it can be sent again.
    pub(crate) async fn record_dropped(&self, op: &PendingUserOp) {
        let (hash, age) = (op.hash, op.age());
        let note = move |journal: &mut Journal| {
            journal.reopen(hash);
            if age >= PendingUserOp::DAY {
                journal.end(|op| op.hash == hash);
            }
        };
        let _ = self.change_journal(Box::new(note)).await;
    }

    pub(crate) async fn journal(&self) -> Result<Journal, StoreError> {
        let text = self.store.read(&self.journal_key()).await?;
        Journal::read(text.as_deref(), self.account)
    }

    pub(crate) async fn change_journal(
        &self,
        change: Box<dyn FnOnce(&mut Journal) + Send + '_>,
    ) -> Result<(), StoreError> {
        let account = self.account;
        let rewrite = move |text: Option<String>| {
            let mut journal = Journal::read(text.as_deref(), account)?;
            change(&mut journal);
            journal.to_text()
        };
        self.store.update(&self.journal_key(), Box::new(rewrite)).await
    }

    /// Returns the store key. An account that was migrated has operations of two entry points, which are judged apart.
    fn journal_key(&self) -> String {
        let key = format!(
            "use-aa:ops:{}:{}",
            self.entry_point.chain_id,
            checksum(&self.account)
        );
        match self.entry_point.is_first() {
            true => key,
            false => key + ":" + self.entry_point.version(),
        }
    }
}

#[cfg(test)]
mod tests;
