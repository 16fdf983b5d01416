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
pub(super) struct Journal {
    ops: Vec<PendingUserOp>,
    /// Entries that could not be read, as they are.
    damaged: Vec<Value>,
}

impl Journal {
    const VERSION: u32 = 1;
    /// How many operations are kept.
    const MOST: usize = 64;
    /// How many bytes of calls are kept of each.
    const MOST_CALL_DATA: usize = 16 << 10;
    /// How many damaged entries are kept.
    const MOST_DAMAGED: usize = 8;

    /// Adds an operation. Where there are too many, the oldest that is no grant makes room.
    fn add(&mut self, op: PendingUserOp) {
        self.ops.retain(|other| other.hash != op.hash);
        if self.ops.len() >= Self::MOST {
            let is_grant = |op: &PendingUserOp| matches!(op.kind, UserOpKind::Grant { .. });
            let oldest = self.ops.iter().position(|op| !is_grant(op));
            self.ops.remove(oldest.unwrap_or(0));
        }
        self.ops.push(op);
    }

    /// Forgets an operation.
    fn remove(&mut self, hash: UserOpHash) {
        self.ops.retain(|op| op.hash != hash);
    }

    /// Forgets all operations of a nonce: one of them was included, so the others never will be.
    fn end(&mut self, nonce: U256) {
        self.ops.retain(|op| op.nonce != nonce);
    }
}

impl SmartAccountClient {
    /// The account's operations whose end is not known yet, oldest first: also those of another tab or program that
    /// uses the same store, and those of a page that was closed.
    ///
    /// Waiting for one goes on where it was left, and ends its being pending once its end is known. This asks the store
    /// alone.
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

    /// Forgets an operation that will never be included. Should that fail, it is found out once more.
    pub(super) async fn note_gone(&self, hash: UserOpHash) {
        let remove = move |journal: &mut Journal| journal.remove(hash);
        let _ = self.change_journal(Box::new(remove)).await;
    }

    /// Forgets the operations of a nonce that is used.
    pub(super) async fn note_used(&self, nonce: U256) {
        let end = move |journal: &mut Journal| journal.end(nonce);
        let _ = self.change_journal(Box::new(end)).await;
    }

    async fn journal(&self) -> Result<Journal, StoreError> {
        let text = self.store.read(&self.journal_key()).await?;
        Journal::read(text.as_deref(), self.address)
    }

    async fn change_journal(
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
