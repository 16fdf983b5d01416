use alloy::primitives::{Address, B256, Bytes};

use super::{
    BatchDigest, Imported, Ledger, MerkleContracts, MerkleSession, ProvenLeaf, Tree, batch_module_signature,
    contracts::SessionKeyManager::getSessionKeysCall, ledger::LeafChange, module_signature, set_merkle_root,
};
use crate::{
    permission::{Permission, PolicyError},
    primitives::{ContractCall, NonceKey, UserOpHash, checksum, decode_number},
    session::{
        GrantId, ImportError, ImportTarget, PendingGrant, Proposal, Session, SessionChange, SessionEvent,
        SessionId, SessionImport, SessionLedger, SessionModule, SessionProof, SessionRecord, SessionState,
        ledger_of,
    },
    signer::SessionKey,
    store::{StoreError, StoredKey},
};

/// The session key manager as the session module of an account kind. One Merkle root on chain holds all sessions of an
/// account, so each grant replaces the root of the one before.
#[derive(Clone, Copy, Debug, Default)]
pub struct MerkleSessions {
    contracts: MerkleContracts,
}

impl MerkleSessions {
    /// Creates the module for a deployment of its contracts.
    #[must_use]
    pub const fn new(contracts: MerkleContracts) -> Self {
        Self { contracts }
    }

    /// The nonce key of all grants of an account. Two grants that build on the same root get the same nonce, and
    /// the chain includes only one of them.
    const GRANTS: NonceKey = NonceKey::from_bytes(*b"use-aa session grants v1");

    fn proposal(&self, root: B256, is_new: bool) -> Proposal {
        Proposal {
            grant: GrantId(root),
            calls: vec![set_merkle_root(self.contracts.manager, root)],
            after: SessionState::of(root),
            is_new,
        }
    }

    fn boxed(&self, ledger: Ledger) -> Box<dyn SessionLedger> {
        Box::new(MerkleLedger {
            ledger,
            sessions: *self,
        })
    }
}

impl SessionModule for MerkleSessions {
    fn store_key(&self, chain_id: u64, account: Address) -> String {
        store_key(chain_id, account)
    }

    fn nonce_key(&self) -> NonceKey {
        Self::GRANTS
    }

    fn modules(&self) -> Vec<Address> {
        vec![self.contracts.manager, self.contracts.router]
    }

    fn required_modules(&self, for_batches: bool) -> Vec<Address> {
        let router = for_batches.then_some(self.contracts.router);
        [self.contracts.manager].into_iter().chain(router).collect()
    }

    fn state(&self, account: Address) -> ContractCall<SessionState> {
        let call = getSessionKeysCall {
            smartAccount: account,
        };
        let decode = |result: &[u8]| decode_number(result).map(|root| SessionState::of(root.into()));
        ContractCall::decoded_by(self.contracts.manager, &call, decode)
    }

    fn after(&self, _state: &SessionState, grant: GrantId) -> Option<SessionState> {
        Some(SessionState::of(grant.0))
    }

    fn supports(&self, permission: &Permission) -> Result<(), PolicyError> {
        permission.leaf(Address::ZERO).map(drop)
    }

    fn revoke_all(&self, _state: &SessionState) -> Proposal {
        self.proposal(B256::ZERO, false)
    }

    fn ledger(&self, text: Option<&str>) -> Result<Box<dyn SessionLedger>, StoreError> {
        Ok(self.boxed(Ledger::read(text, &self.contracts)?))
    }

    fn new_ledger(&self) -> Box<dyn SessionLedger> {
        self.boxed(Ledger::default())
    }

    fn ledger_in_place_of_damaged(&self) -> Box<dyn SessionLedger> {
        self.boxed(Ledger::in_place_of_damaged())
    }
}

/// The ledger of an account's sessions, with the contracts that its leaves name.
#[derive(Clone, Debug)]
struct MerkleLedger {
    ledger: Ledger,
    sessions: MerkleSessions,
}

impl SessionLedger for MerkleLedger {
    fn to_text(&self) -> String {
        self.ledger.to_text()
    }

    fn boxed_clone(&self) -> Box<dyn SessionLedger> {
        Box::new(self.clone())
    }

    fn damaged(&self) -> usize {
        self.ledger.damaged()
    }

    fn discard_damaged(&mut self) {
        self.ledger.discard_damaged();
    }

    fn key(&self, id: SessionId) -> Option<&StoredKey> {
        self.ledger.key(id)
    }

    fn unsealed_keys(&self) -> Vec<SessionKey> {
        self.ledger.open_keys().cloned().collect()
    }

    fn replace_key(&mut self, key: StoredKey) {
        self.ledger.keep(key);
    }

    fn knows(&self, state: &SessionState) -> bool {
        self.ledger.tree(state.word()).is_some()
    }

    fn needs_sequence(&self, state: &SessionState) -> bool {
        !self.knows(state) || self.ledger.is_in_doubt(state.word())
    }

    fn sessions(&self, state: &SessionState) -> Vec<Session> {
        let sessions = self.ledger.all_sessions(state.word()).into_iter();
        sessions.map(MerkleSession::into).collect()
    }

    fn session(&self, state: &SessionState, id: SessionId) -> Option<Session> {
        self.ledger.session(state.word(), id).map(MerkleSession::into)
    }

    fn records(&self, state: &SessionState, pending: &[PendingGrant], now: u64) -> Vec<SessionRecord> {
        self.ledger.listed(state.word(), pending, now)
    }

    fn untracked(&self, state: &SessionState, next: u64) -> u64 {
        match self.knows(state) {
            true => self.ledger.unread(state.word()),
            false => self.ledger.untracked_grants(next),
        }
    }

    fn untracked_grants(&self, next: u64) -> u64 {
        self.ledger.untracked_grants(next)
    }

    fn lost(&self, state: &SessionState) -> u64 {
        self.ledger.lost(state.word())
    }

    fn base(&self, grant: GrantId) -> Option<SessionState> {
        self.ledger.base(grant.0).map(SessionState::of)
    }

    fn propose(
        &mut self,
        state: &SessionState,
        change: SessionChange,
        now: u64,
        sequence: u64,
    ) -> Result<Proposal, PolicyError> {
        let leaf = |permission: &Permission| {
            let leaf = permission.leaf(change.id)?;
            Ok(leaf.checked_by(&self.sessions.contracts))
        };
        let leaves = change.permissions.iter().map(leaf);
        let change = LeafChange {
            leaves: leaves.collect::<Result<_, PolicyError>>()?,
            revoked: change.revoked,
            key: change.key,
        };
        let base = self.ledger.tree(state.word()).unwrap_or_else(|| Tree::new([]));
        let (root, is_new) = self
            .ledger
            .record(state.word(), &base, change, now, Some(sequence));
        Ok(self.sessions.proposal(root, is_new))
    }

    fn apply(&mut self, event: SessionEvent, now: u64) {
        self.ledger.apply(event, now);
    }

    fn is_current(&self, state: &SessionState, next: u64, now: u64) -> bool {
        self.ledger.is_tidy(state.word(), next, now)
    }

    fn prove(
        &self,
        state: &SessionState,
        session: &Session,
        policies: &[usize],
        in_batch: bool,
        form: u8,
    ) -> Option<Box<dyn SessionProof>> {
        let tree = self.ledger.tree(state.word())?;
        let sessions = self.ledger.sessions_of(tree.leaves());
        let session = sessions.iter().find(|other| other.id == session.id)?;
        let proven = policies.iter().map(|policy| {
            let leaf = session.leaves.get(*policy)?;
            let proof = tree.proof(leaf.hash())?;
            Some(ProvenLeaf {
                leaf: leaf.clone(),
                proof,
            })
        });
        let proven = proven.collect::<Option<Vec<_>>>()?;
        let sessions = self.sessions;
        Some(match <[ProvenLeaf; 1]>::try_from(proven) {
            Ok([proven]) if !in_batch => Box::new(LeafProof { proven, sessions }),
            Ok([proven]) => Box::new(BatchProof::new(vec![proven], sessions, form)),
            Err(proven) => Box::new(BatchProof::new(proven, sessions, form)),
        })
    }
}

impl SessionImport for Imported {
    fn open_keys(&self) -> Vec<SessionKey> {
        Self::open_keys(self)
    }

    fn record(
        self,
        ledger: &mut dyn SessionLedger,
        keys: Vec<StoredKey>,
        target: &ImportTarget<'_>,
    ) -> Result<(), ImportError> {
        let ledger = ledger_of::<MerkleLedger>(ledger)?;
        let imported = self.known_by(&ledger.sessions.contracts).with_keys(keys);
        ledger.ledger.import(imported, target.state.word());
        Ok(())
    }
}

/// The proof of one leaf, for the session key manager.
#[derive(Debug)]
struct LeafProof {
    proven: ProvenLeaf,
    sessions: MerkleSessions,
}

impl SessionProof for LeafProof {
    fn validator(&self) -> Address {
        self.sessions.contracts.manager
    }

    fn is_batch(&self) -> bool {
        false
    }

    fn message(&self, hash: UserOpHash) -> B256 {
        hash.0
    }

    fn signature(&self, signature: Bytes) -> Bytes {
        module_signature(&self.proven, signature)
    }
}

/// The proof of a leaf for each call, for the batch router.
#[derive(Clone, Debug)]
struct BatchProof {
    proven: Vec<ProvenLeaf>,
    sessions: MerkleSessions,
    digest: BatchDigest,
}

impl BatchProof {
    fn new(proven: Vec<ProvenLeaf>, sessions: MerkleSessions, form: u8) -> Self {
        let digest = match form {
            0 => BatchDigest::Plain,
            _ => BatchDigest::Bound,
        };
        Self {
            proven,
            sessions,
            digest,
        }
    }
}

impl SessionProof for BatchProof {
    fn validator(&self) -> Address {
        self.sessions.contracts.router
    }

    fn is_batch(&self) -> bool {
        true
    }

    fn message(&self, hash: UserOpHash) -> B256 {
        self.digest.of(hash, self.sessions.contracts.manager)
    }

    fn signature(&self, signature: Bytes) -> Bytes {
        let calls = self.proven.iter().map(|proven| (proven, Bytes::new()));
        batch_module_signature(self.sessions.contracts.manager, calls, signature)
    }

    fn alternative(&self) -> Option<Box<dyn SessionProof>> {
        Some(Box::new(Self {
            digest: self.digest.other(),
            ..self.clone()
        }))
    }

    fn form(&self) -> u8 {
        match self.digest {
            BatchDigest::Plain => 0,
            BatchDigest::Bound => 1,
        }
    }
}

/// Returns the store key of an account's sessions, for one chain and one account.
///
/// # Examples
///
/// ```
/// use alloy::primitives::address;
/// use use_aa::session::merkle::store_key;
///
/// let account = address!("58F903f277EFeDF01CF6939f64Af3B657AC4a9Af");
/// assert_eq!(
///     store_key(80002, account),
///     "use-aa:sessions:80002:0x58F903f277EFeDF01CF6939f64Af3B657AC4a9Af",
/// );
/// ```
#[must_use]
pub fn store_key(chain_id: u64, account: Address) -> String {
    format!("use-aa:sessions:{chain_id}:{}", checksum(&account))
}
