use alloy::primitives::U256;

use super::Pipeline;
use crate::{
    account::OperationSigner,
    error::Error,
    platform,
    session::{SessionEvent, SessionLedger, SessionState},
    store::{StoreError, StoredKey},
};

/// The sessions of the account: those on chain, and the ledger in the store.
impl Pipeline {
    /// Requests the account's sessions on chain.
    pub(crate) async fn sessions_on_chain(&self) -> Result<SessionState, Error> {
        let call = self.account.sessions().state(self.address());
        let state = self.services.node.read(call).await?;
        self.cache.lock().sessions = Some(state.clone());
        Ok(state)
    }

    /// Requests the next nonce of the key that all grants share.
    pub(crate) async fn nonce_of_grants(&self) -> Result<U256, Error> {
        let lane = self.account.sessions().nonce_key();
        self.nonce(self.account.nonce_key(lane, OperationSigner::Owner))
            .await
    }

    /// Returns the ledger after recording the sessions on chain and deleting the keys of sessions that have ended.
    /// `next` is the sequence number of the next grant, or 0 if it was not requested.
    pub(crate) async fn tidied(
        &self,
        ledger: Box<dyn SessionLedger>,
        state: &SessionState,
        next: u64,
    ) -> Box<dyn SessionLedger> {
        // A node that returns a wrong time must not delete a key.
        let now = platform::now();
        if ledger.is_current(state, next, now) {
            return ledger;
        }
        let state = state.clone();
        let tidy = move |ledger: &mut dyn SessionLedger| {
            ledger.apply(SessionEvent::Observed { state, next }, now);
            ledger.boxed_clone()
        };
        // A failed write is repeated by the next call.
        self.change_ledger(false, tidy).await.unwrap_or(ledger)
    }

    /// Records an event in the ledger. A failure is ignored, because the next read of the sessions
    /// gets them from the chain.
    pub(crate) async fn record_event(&self, event: SessionEvent) {
        let now = platform::now();
        let apply = move |ledger: &mut dyn SessionLedger| ledger.apply(event, now);
        let _ = self.change_ledger(false, apply).await;
    }

    /// Reads the account's session ledger. Plain keys are sealed if the store has a vault.
    pub(crate) async fn ledger(&self) -> Result<Box<dyn SessionLedger>, Error> {
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
    pub(crate) async fn change_ledger<T: Send>(
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
            Ok(Some(ledger.to_text()))
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
