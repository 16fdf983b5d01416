use alloy::primitives::{Address, Bytes};

use super::{
    GrantId, PendingGrant, Proposal, Session, SessionChange, SessionEvent, SessionId, SessionLedger,
    SessionModule, SessionProof, SessionRecord, SessionState,
};
use crate::{
    permission::{Permission, PolicyError},
    primitives::{ContractCall, NonceKey, checksum},
    signer::SessionKey,
    store::{StoreError, StoredKey},
};

/// The session module of an app without session keys: no permission is supported, and no grant is read from the chain.
///
/// Sessions that the account has granted with another module stay in force. They are neither listed nor revoked.
///
/// # Examples
///
/// ```
/// use use_aa::session::{NoSessions, SessionModule};
///
/// assert!(NoSessions.modules().is_empty());
/// ```
#[derive(Clone, Copy, Debug)]
pub struct NoSessions;

impl NoSessions {
    /// The reason for which no permission is supported.
    pub const REASON: &str = "the account kind has no sessions";
}

impl SessionModule for NoSessions {
    fn store_key(&self, chain_id: u64, account: Address) -> String {
        format!("use-aa:no-sessions:{chain_id}:{}", checksum(&account))
    }

    fn nonce_key(&self) -> NonceKey {
        NonceKey::from_bytes(*b"no sessions             ")
    }

    fn modules(&self) -> Vec<Address> {
        Vec::new()
    }

    fn required_modules(&self, _for_batches: bool) -> Vec<Address> {
        Vec::new()
    }

    fn state(&self, account: Address) -> ContractCall<SessionState> {
        ContractCall {
            to: account,
            data: Bytes::new(),
            signature: "receive()",
            decode: |_| Ok(SessionState::default()),
        }
    }

    fn after(&self, state: &SessionState, _grant: GrantId) -> Option<SessionState> {
        Some(state.clone())
    }

    fn supports(&self, _permission: &Permission) -> Result<(), PolicyError> {
        Err(PolicyError::Unsupported(Self::REASON))
    }

    fn revoke_all(&self, _state: &SessionState) -> Proposal {
        Proposal {
            grant: GrantId::NONE,
            calls: Vec::new(),
            after: SessionState::default(),
            is_new: false,
        }
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
}

/// The ledger is always empty.
impl SessionLedger for NoSessions {
    fn to_text(&self) -> String {
        String::new()
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

    fn knows(&self, state: &SessionState) -> bool {
        state.is_none()
    }

    fn needs_sequence(&self, _state: &SessionState) -> bool {
        false
    }

    fn sessions(&self, _state: &SessionState) -> Vec<Session> {
        Vec::new()
    }

    fn session(&self, _state: &SessionState, _id: SessionId) -> Option<Session> {
        None
    }

    fn records(&self, _state: &SessionState, _pending: &[PendingGrant], _now: u64) -> Vec<SessionRecord> {
        Vec::new()
    }

    fn untracked(&self, _state: &SessionState, _next: u64) -> u64 {
        0
    }

    fn untracked_grants(&self, _next: u64) -> u64 {
        1
    }

    fn lost(&self, _state: &SessionState) -> u64 {
        0
    }

    fn base(&self, _grant: GrantId) -> Option<SessionState> {
        None
    }

    fn propose(
        &mut self,
        _state: &SessionState,
        _change: SessionChange,
        _now: u64,
        _sequence: u64,
    ) -> Result<Proposal, PolicyError> {
        Err(PolicyError::Unsupported(Self::REASON))
    }

    fn apply(&mut self, _event: SessionEvent, _now: u64) {}

    fn is_current(&self, _state: &SessionState, _next: u64, _now: u64) -> bool {
        true
    }

    fn prove(
        &self,
        _state: &SessionState,
        _session: &Session,
        _policies: &[usize],
        _in_batch: bool,
        _form: u8,
    ) -> Option<Box<dyn SessionProof>> {
        None
    }
}
