mod written;

use alloy::primitives::U256;
use serde_json::Value;

use super::{Error, Options, PendingUserOp, SmartAccountClient, UserOpKind};
use crate::{
    platform,
    primitives::{Call, SignedUserOperation, UserOpHash},
    session::{SessionId, StoreError},
};

/// The data recorded with an operation that is about to be sent.
#[derive(Clone)]
pub(super) struct Intent<'a> {
    pub(super) kind: UserOpKind,
    pub(super) calls: &'a [Call],
    pub(super) session: Option<SessionId>,
    pub(super) options: &'a Options,
}

/// The pending operations of an account, oldest first.
#[derive(Clone, Debug, Default)]
pub(crate) struct Journal {
    pub(crate) ops: Vec<PendingUserOp>,
    /// Operations that have ended recently, oldest first. A reorg may make one pending again, and a later
    /// wait can still learn the end.
    over: Vec<PendingUserOp>,
    /// Entries that could not be read, unchanged. An entry that was too large to keep is null.
    damaged: Vec<Value>,
}

impl Journal {
    const VERSION: u32 = 1;
    /// The maximum number of pending operations.
    const MOST: usize = 64;
    /// The maximum number of ended operations.
    const MOST_OVER: usize = 8;
    /// The maximum size of an operation's call data, in bytes.
    const MOST_CALL_DATA: usize = 16 << 10;
    /// The maximum number of unreadable entries.
    const MOST_DAMAGED: usize = 8;

    /// Adds an operation. If the journal is full, the oldest operation that is not a grant is removed.
    pub(crate) fn add(&mut self, op: PendingUserOp) {
        self.ops.retain(|other| other.hash != op.hash);
        if self.ops.len() >= Self::MOST {
            let is_grant = |op: &PendingUserOp| matches!(op.kind, UserOpKind::Grant { .. });
            let oldest = self.ops.iter().position(|op| !is_grant(op));
            self.ops.remove(oldest.unwrap_or(0));
        }
        self.ops.push(op);
    }

    /// Removes an operation.
    pub(crate) fn remove(&mut self, hash: UserOpHash) {
        self.ops.retain(|op| op.hash != hash);
    }

    /// Returns the number of entries that could not be read, at most 8.
    pub(super) const fn damaged(&self) -> usize {
        self.damaged.len()
    }

    /// Removes the entries that could not be read.
    pub(super) fn discard_damaged(&mut self) {
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

impl SmartAccountClient {
    /// Returns the account's pending operations, oldest first. The list includes those of another tab or
    /// program that uses the same store, and those of a page that was closed.
    ///
    /// Waiting for such an operation continues the earlier wait. The operation leaves the list once its nonce
    /// is used. An operation that the bundler has [lost](Error::Dropped) stays for a day, so that it can be
    /// sent again at its nonce with [`speed_up`](Self::speed_up) or [`cancel`](Self::cancel). The newest 64
    /// operations are kept. This reads the store alone.
    ///
    /// # Errors
    ///
    /// [`Error::Store`] when the store cannot be read.
    pub async fn pending_user_ops(&self) -> Result<Vec<PendingUserOp>, Error> {
        Ok(self.journal().await?.ops)
    }

    /// Returns an operation if it is recorded as pending.
    pub(super) async fn pending(&self, hash: UserOpHash) -> Option<PendingUserOp> {
        let ops = self.pending_user_ops().await.ok()?;
        ops.into_iter().find(|op| op.hash == hash)
    }

    /// Returns the record of a pending or ended operation.
    pub(super) async fn kept(&self, hash: UserOpHash) -> Option<PendingUserOp> {
        let Journal { ops, over, .. } = self.journal().await.ok()?;
        ops.into_iter().chain(over).find(|op| op.hash == hash)
    }

    /// Records an operation that is about to be sent.
    pub(super) async fn note_sending(
        &self,
        signed: &SignedUserOperation,
        intent: &Intent<'_>,
    ) -> Result<(), Error> {
        let op = &signed.op;
        let size = intent.calls.iter().map(|call| call.data.len()).sum::<usize>();
        let pending = PendingUserOp {
            hash: op.hash(self.services.entry_point),
            sender: op.sender,
            nonce: op.nonce,
            kind: intent.kind.clone(),
            sent_at: platform::now(),
            calls: (size <= Journal::MOST_CALL_DATA).then(|| intent.calls.to_vec()),
            session: intent.session,
            payment: intent.options.payment.into(),
            fees: op.fees,
            replaces: intent.options.replaces.map(|(hash, _)| hash),
            deploys: !op.init_code.is_empty(),
            since: self.services.known_block(),
        };
        let add = move |journal: &mut Journal| journal.add(pending);
        Ok(self.change_journal(Box::new(add)).await?)
    }

    /// Removes the record of an operation that was not sent.
    pub(super) async fn note_unsent(&self, hash: UserOpHash) {
        let remove = move |journal: &mut Journal| journal.remove(hash);
        let _ = self.change_journal(Box::new(remove)).await;
    }

    /// Records that a nonce is used: one of its operations was included, so the others never will be. A
    /// failure is ignored, because the next wait finds the same.
    pub(super) async fn note_used(&self, nonce: U256) {
        let end = move |journal: &mut Journal| journal.end(|op| op.nonce == nonce);
        let _ = self.change_journal(Box::new(end)).await;
    }

    /// Records that the bundler has lost an operation whose nonce is unused. The operation stays pending for
    /// a day, so that it can be sent again.
    pub(super) async fn note_dropped(&self, op: &PendingUserOp) {
        let (hash, age) = (op.hash, op.age());
        let note = move |journal: &mut Journal| {
            journal.reopen(hash);
            if age >= PendingUserOp::DAY {
                journal.end(|op| op.hash == hash);
            }
        };
        let _ = self.change_journal(Box::new(note)).await;
    }

    pub(super) async fn journal(&self) -> Result<Journal, StoreError> {
        let text = self.store.read(&self.journal_key()).await?;
        Journal::read(text.as_deref(), self.address)
    }

    pub(super) async fn change_journal(
        &self,
        change: Box<dyn FnOnce(&mut Journal) + Send + '_>,
    ) -> Result<(), StoreError> {
        let account = self.address;
        let rewrite = move |text: Option<String>| {
            let mut journal = Journal::read(text.as_deref(), account)?;
            change(&mut journal);
            journal.to_text()
        };
        self.store.update(&self.journal_key(), Box::new(rewrite)).await
    }

    fn journal_key(&self) -> String {
        format!("use-aa:ops:{}:{}", self.services.chain_id(), self.address)
    }
}

#[cfg(test)]
mod tests;
