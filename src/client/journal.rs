mod written;

use alloy::primitives::U256;
use serde_json::Value;

use super::{Error, Options, PendingUserOp, SmartAccountClient, UserOpKind};
use crate::{
    platform,
    primitives::{Call, SignedUserOperation, UserOpHash},
    session::{SessionId, StoreError},
};

/// What is kept of an operation beside itself.
#[derive(Clone)]
pub(super) struct Intent<'a> {
    pub(super) kind: UserOpKind,
    pub(super) calls: &'a [Call],
    pub(super) session: Option<SessionId>,
    pub(super) options: &'a Options,
}

/// The operations of an account whose end is not known, oldest first.
#[derive(Clone, Debug, Default)]
pub(crate) struct Journal {
    pub(crate) ops: Vec<PendingUserOp>,
    /// Those that came to an end lately, oldest first: blocks may go, and who waits for one later learns of its end.
    over: Vec<PendingUserOp>,
    /// Entries that could not be read, as they are; null for one that was too large to keep.
    damaged: Vec<Value>,
}

impl Journal {
    const VERSION: u32 = 1;
    /// How many operations are kept.
    const MOST: usize = 64;
    /// How many operations are kept that came to an end.
    const MOST_OVER: usize = 8;
    /// How many bytes of calls are kept of each.
    const MOST_CALL_DATA: usize = 16 << 10;
    /// How many damaged entries are kept.
    const MOST_DAMAGED: usize = 8;

    /// Adds an operation. Where there are too many, the oldest that is no grant makes room.
    pub(crate) fn add(&mut self, op: PendingUserOp) {
        self.ops.retain(|other| other.hash != op.hash);
        if self.ops.len() >= Self::MOST {
            let is_grant = |op: &PendingUserOp| matches!(op.kind, UserOpKind::Grant { .. });
            let oldest = self.ops.iter().position(|op| !is_grant(op));
            self.ops.remove(oldest.unwrap_or(0));
        }
        self.ops.push(op);
    }

    /// Forgets an operation.
    pub(crate) fn remove(&mut self, hash: UserOpHash) {
        self.ops.retain(|op| op.hash != hash);
    }

    /// How many entries could not be read, 8 at most.
    pub(super) const fn damaged(&self) -> usize {
        self.damaged.len()
    }

    /// Forgets what could not be read.
    pub(super) fn discard_damaged(&mut self) {
        self.damaged.clear();
    }

    /// Ends some operations.
    fn end(&mut self, is_over: impl Fn(&PendingUserOp) -> bool) {
        self.over.extend(self.ops.extract_if(.., |op| is_over(op)));
        let too_many = self.over.len().saturating_sub(Self::MOST_OVER);
        self.over.drain(..too_many);
    }

    /// Has an operation be pending again: the block that held it is gone.
    fn reopen(&mut self, hash: UserOpHash) {
        let again = self.over.extract_if(.., |op| op.hash == hash);
        self.ops.extend(again);
    }
}

impl SmartAccountClient {
    /// The account's operations whose end is not known yet, oldest first: also those of another tab or program that
    /// uses the same store, and those of a page that was closed.
    ///
    /// Waiting for one goes on where it was left, and ends its being pending once its nonce is used. One that the bundler
    /// has [lost](Error::Dropped) stays, for a day, so that it can be sent again at its nonce:
    /// [`speed_up`](Self::speed_up), [`cancel`](Self::cancel). The newest 64 are kept. This asks the store alone.
    ///
    /// # Errors
    ///
    /// [`Error::Store`] when the store cannot be read.
    pub async fn pending_user_ops(&self) -> Result<Vec<PendingUserOp>, Error> {
        Ok(self.journal().await?.ops)
    }

    /// A pending operation, if it is one.
    pub(super) async fn pending(&self, hash: UserOpHash) -> Option<PendingUserOp> {
        let ops = self.pending_user_ops().await.ok()?;
        ops.into_iter().find(|op| op.hash == hash)
    }

    /// What is kept of an operation, pending or over.
    pub(super) async fn kept(&self, hash: UserOpHash) -> Option<PendingUserOp> {
        let Journal { ops, over, .. } = self.journal().await.ok()?;
        ops.into_iter().chain(over).find(|op| op.hash == hash)
    }

    /// Keeps an operation that is about to be sent.
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

    /// Forgets an operation that was not sent.
    pub(super) async fn note_unsent(&self, hash: UserOpHash) {
        let remove = move |journal: &mut Journal| journal.remove(hash);
        let _ = self.change_journal(Box::new(remove)).await;
    }

    /// Notes that a nonce is used: one of its operations was included, so the others never will be. Should that fail,
    /// it is found out once more.
    pub(super) async fn note_used(&self, nonce: U256) {
        let end = move |journal: &mut Journal| journal.end(|op| op.nonce == nonce);
        let _ = self.change_journal(Box::new(end)).await;
    }

    /// Notes that the bundler has lost an operation, whose nonce is unused. It stays pending, so that it can be sent
    /// again, but not for ever.
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
