//! The session module of an account without sessions: no permission is supported, and no grant is ever in force.

use std::any::Any;

use alloy::primitives::{Address, Bytes};
use use_aa::{
    Call, ContractCall, ImportError, NonceKey, Permission, Session, SessionId, SessionKey, SessionRecord,
    StoreError,
    permission::PolicyError,
    session::{
        GrantId, PendingGrant, Proposal, SessionChange, SessionEvent, SessionLedger, SessionModule,
        SessionProof,
    },
    store::StoredKey,
};

/// The reason for which no permission is supported.
pub(in crate::toys) const NO_SESSIONS: &str = "a simple account has no sessions";

/// A session module without sessions.
#[derive(Clone, Copy, Debug)]
pub(super) struct NoSessions;

impl SessionModule for NoSessions {
    fn store_key(&self, chain_id: u64, account: Address) -> String {
        format!("toys:no-sessions:{chain_id}:{account}")
    }

    fn nonce_key(&self) -> NonceKey {
        NonceKey::ZERO
    }

    fn modules(&self) -> Vec<Address> {
        Vec::new()
    }

    fn required_modules(&self, _for_batches: bool) -> Vec<Address> {
        Vec::new()
    }

    fn current_grant(&self, account: Address) -> ContractCall<GrantId> {
        ContractCall {
            to: account,
            data: Bytes::new(),
            signature: "receive()",
            decode: |_| Ok(GrantId::NONE),
        }
    }

    fn supports(&self, _permission: &Permission) -> Result<(), PolicyError> {
        Err(PolicyError::Unsupported(NO_SESSIONS))
    }

    fn grant_calls(&self, _grant: GrantId) -> Vec<Call> {
        Vec::new()
    }

    fn ledger(&self, _text: Option<&str>) -> Result<Box<dyn SessionLedger>, StoreError> {
        Ok(Box::new(*self))
    }

    fn new_ledger(&self) -> Box<dyn SessionLedger> {
        Box::new(*self)
    }

    fn ledger_in_place_of_damaged(&self) -> Box<dyn SessionLedger> {
        Box::new(*self)
    }

    fn read_import(
        &self,
        _sessions: &str,
        _signers: &str,
    ) -> Result<(Box<dyn Any + Send>, Vec<SessionKey>), ImportError> {
        Err(ImportError::Sessions)
    }
}

/// The ledger is always empty.
impl SessionLedger for NoSessions {
    fn to_text(&self) -> Result<String, StoreError> {
        Ok(String::new())
    }

    fn boxed_clone(&self) -> Box<dyn SessionLedger> {
        Box::new(*self)
    }

    fn damaged(&self) -> usize {
        0
    }

    fn discard_damaged(&mut self) {}

    fn key(&self, _id: SessionId) -> Option<&StoredKey> {
        None
    }

    fn unsealed_keys(&self) -> Vec<SessionKey> {
        Vec::new()
    }

    fn replace_key(&mut self, _key: StoredKey) {}

    fn knows(&self, grant: GrantId) -> bool {
        grant.is_none()
    }

    fn needs_sequence(&self, _grant: GrantId) -> bool {
        false
    }

    fn sessions(&self, _grant: GrantId) -> Vec<Session> {
        Vec::new()
    }

    fn session(&self, _grant: GrantId, _id: SessionId) -> Option<Session> {
        None
    }

    fn records(&self, _grant: GrantId, _pending: &[PendingGrant], _now: u64) -> Vec<SessionRecord> {
        Vec::new()
    }

    fn untracked(&self, _grant: GrantId, _next: u64) -> u64 {
        0
    }

    fn untracked_grants(&self, _next: u64) -> u64 {
        1
    }

    fn lost(&self, _grant: GrantId) -> u64 {
        0
    }

    fn base(&self, _grant: GrantId) -> Option<GrantId> {
        None
    }

    fn propose(
        &mut self,
        _current: GrantId,
        _change: SessionChange,
        _now: u64,
        _sequence: u64,
    ) -> Result<Proposal, PolicyError> {
        Err(PolicyError::Unsupported(NO_SESSIONS))
    }

    fn apply(&mut self, _event: SessionEvent, _now: u64) {}

    fn is_current(&self, _grant: GrantId, _next: u64, _now: u64) -> bool {
        true
    }

    fn prove(
        &self,
        _grant: GrantId,
        _id: SessionId,
        _policies: &[usize],
        _in_batch: bool,
        _form: u8,
    ) -> Option<Box<dyn SessionProof>> {
        None
    }

    fn import(
        &mut self,
        _import: Box<dyn Any + Send>,
        _keys: Vec<StoredKey>,
        _current: GrantId,
    ) -> Result<(), ImportError> {
        Err(ImportError::Sessions)
    }
}
