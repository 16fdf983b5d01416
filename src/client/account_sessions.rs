use std::sync::Arc;

use alloy::primitives::{Address, U256};

use crate::{
    account::SmartAccount,
    error::Error,
    pipeline::ChainCache,
    platform::{self, BoxFuture},
    primitives::UserOpHash,
    services::Services,
    session::{GrantId, SessionEvent, SessionLedger},
    store::{SessionStore, StoreError, StoredKey},
    tracking::{Journals, Outcome, OutcomeListener, PendingUserOp},
};

/// The sessions of an account: the grant in force on chain, and the ledger in the store.
#[derive(Clone)]
pub(super) struct AccountSessions {
    pub(super) account: Arc<dyn SmartAccount>,
    pub(super) services: Services,
    pub(super) store: Arc<dyn SessionStore>,
    pub(super) cache: Arc<ChainCache>,
    pub(super) journal: Journals,
}

impl AccountSessions {
    fn address(&self) -> Address {
        self.account.address()
    }

    /// Requests the grant that is in force on chain now.
    pub(super) async fn grant_on_chain(&self) -> Result<GrantId, Error> {
        let call = self.account.sessions().current_grant(self.address());
        let grant = self.services.node.read(call).await?;
        self.cache.lock().grant = Some(grant);
        Ok(grant)
    }

    /// Requests the next nonce of the key that all grants share.
    pub(super) async fn nonce_of_grants(&self) -> Result<U256, Error> {
        self.services
            .nonce(self.address(), self.account.sessions().nonce_key())
            .await
    }

    /// Returns the ledger after recording the grant in force and deleting the keys of sessions that have ended.
    /// `next` is the sequence number of the next grant, or 0 if it was not requested.
    pub(super) async fn tidied(
        &self,
        ledger: Box<dyn SessionLedger>,
        grant: GrantId,
        next: u64,
    ) -> Box<dyn SessionLedger> {
        // A node that returns a wrong time must not delete a key.
        let now = platform::now();
        if ledger.is_current(grant, next, now) {
            return ledger;
        }
        let tidy = move |ledger: &mut dyn SessionLedger| {
            ledger.apply(SessionEvent::Observed { grant, next }, now);
            ledger.boxed_clone()
        };
        // A failed write is repeated by the next call.
        self.change_ledger(false, tidy).await.unwrap_or(ledger)
    }

    /// Records that a grant was included.
    async fn record_included(&self, grant: GrantId) {
        self.record(SessionEvent::Included(grant)).await;
    }

    /// Records that a grant failed, unless a pending operation at another nonce makes the same grant. Operations
    /// at the same nonce can no longer make it.
    async fn record_failed(&self, nonce: U256, grant: GrantId) {
        let pending = self.journal.pending_user_ops().await.unwrap_or_default();
        let is_another = |op: &PendingUserOp| op.nonce != nonce && op.grant() == Some(grant);
        if !pending.iter().any(is_another) {
            self.record(SessionEvent::Failed(grant)).await;
        }
    }

    /// Records that a grant was replaced, unless it is in force or the replacing operation makes it too.
    async fn record_replaced(&self, nonce: U256, grant: GrantId, by: Option<UserOpHash>) {
        if let Some(by) = by
            && let Some(by) = self.journal.kept(by).await
            && by.grant() == Some(grant)
        {
            return;
        }
        if self.grant_on_chain().await.is_ok_and(|now| now != grant) {
            self.record_failed(nonce, grant).await;
        }
    }

    /// Records an event in the ledger. A failure is ignored, because the next read of the sessions gets the grant in
    /// force from the chain.
    pub(super) async fn record(&self, event: SessionEvent) {
        let now = platform::now();
        let apply = move |ledger: &mut dyn SessionLedger| ledger.apply(event, now);
        let _ = self.change_ledger(false, apply).await;
    }

    /// Reads the account's session ledger. Plain keys are sealed if the store has a vault.
    pub(super) async fn ledger(&self) -> Result<Box<dyn SessionLedger>, Error> {
        let text = self.store.read(&self.store_key()).await?;
        let mut ledger = self.account.sessions().ledger(text.as_deref())?;
        if let Some(vault) = self.store.vault() {
            let mut sealed = Vec::new();
            for key in ledger.unsealed_keys() {
                sealed.push(StoredKey::new(key, Some(vault)).await?);
            }
            if !sealed.is_empty() {
                let keep = move |ledger: &mut dyn SessionLedger| {
                    sealed.into_iter().for_each(|key| ledger.replace_key(key));
                    ledger.boxed_clone()
                };
                ledger = self.change_ledger(false, keep).await?;
            }
        }
        Ok(ledger)
    }

    /// Changes the account's session ledger atomically. A damaged text is an error, or is replaced.
    pub(super) async fn change_ledger<T: Send>(
        &self,
        replace_damaged: bool,
        change: impl FnOnce(&mut dyn SessionLedger) -> T + Send,
    ) -> Result<T, Error> {
        let mut answer = None;
        let slot = &mut answer;
        let change = Box::new(move |ledger: &mut dyn SessionLedger| *slot = Some(change(ledger)));
        self.rewrite_ledger(replace_damaged, change).await?;
        answer.ok_or_else(|| {
            let why = "the update was not applied; correct `SessionStore::update`".to_owned();
            StoreError::Unavailable(why).into()
        })
    }

    async fn rewrite_ledger(
        &self,
        replace_damaged: bool,
        change: LedgerChange<'_>,
    ) -> Result<(), StoreError> {
        let rewrite = move |text: Option<String>| {
            let sessions = self.account.sessions();
            let mut ledger = match sessions.ledger(text.as_deref()) {
                Err(StoreError::Damaged(_)) if replace_damaged => sessions.ledger_in_place_of_damaged(),
                ledger => ledger?,
            };
            change(&mut *ledger);
            ledger.to_text().map(Some)
        };
        self.store.update(&self.store_key(), Box::new(rewrite)).await
    }

    fn store_key(&self) -> String {
        self.account
            .sessions()
            .store_key(self.services.chain_id(), self.address())
    }
}

/// A change of a ledger.
type LedgerChange<'a> = Box<dyn FnOnce(&mut dyn SessionLedger) + Send + 'a>;

impl OutcomeListener for AccountSessions {
    fn record<'a>(
        &'a self,
        hash: UserOpHash,
        op: Option<&'a PendingUserOp>,
        outcome: &'a Outcome,
    ) -> BoxFuture<'a, ()> {
        Box::pin(async move {
            let recorded = op.and_then(PendingUserOp::grant);
            match *outcome {
                Outcome::Included { nonce, success } => {
                    let submitted = self.cache.lock().included(hash, success);
                    match submitted.map(|submitted| submitted.grant).or(recorded) {
                        Some(grant) if success => self.record_included(grant).await,
                        Some(grant) => self.record_failed(nonce, grant).await,
                        None => {}
                    }
                    if op.is_some() {
                        self.journal.record_used(nonce).await;
                    }
                }
                Outcome::Replaced { nonce, by } => {
                    self.cache.lock().gone(hash);
                    self.journal.record_used(nonce).await;
                    if let Some(grant) = recorded {
                        self.record_replaced(nonce, grant, by).await;
                    }
                }
                Outcome::Dropped => {
                    self.cache.lock().gone(hash);
                    if let Some(op) = op {
                        self.journal.record_dropped(op).await;
                    }
                }
            }
        })
    }
}
