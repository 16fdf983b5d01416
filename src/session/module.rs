use std::any::Any;

use alloy::primitives::{Address, B256, Bytes};

use super::{LimitCounter, Session, SessionId, SessionRecord};
use crate::{
    permission::{Permission, PolicyError},
    primitives::{Call, ContractCall, Deployment, NonceKey, UserOpHash},
    signer::{SessionKey, TypedData},
    store::{StoreError, StoredKey},
};

/// The session module of an account kind: how permissions are granted to session keys, and how a key proves them.
///
/// The methods take values and return values. The client makes the requests, keeps the ledger in the store and submits
/// the operations.
pub trait SessionModule: Send + Sync {
    /// Returns the store key of an account's ledger.
    fn store_key(&self, chain_id: u64, account: Address) -> String;

    /// Returns the nonce key that all grants of an account share, so that the chain includes them in sequence.
    fn nonce_key(&self) -> NonceKey;

    /// Returns the modules that sessions can require of the account.
    fn modules(&self) -> Vec<Address>;

    /// Returns the modules that a session requires of the account.
    fn required_modules(&self, for_batches: bool) -> Vec<Address>;

    /// Returns the call that reads the sessions of an account from the chain.
    fn state(&self, account: Address) -> ContractCall<SessionState>;

    /// Returns the sessions on chain once a grant is in force. `None` if that does not follow from the grant alone.
    fn after(&self, state: &SessionState, grant: GrantId) -> Option<SessionState>;

    /// Returns true if a session may make the account's first operation. The default is false.
    fn deploys_account(&self) -> bool {
        false
    }

    /// Checks that the module can enforce a permission.
    ///
    /// # Errors
    ///
    /// [`PolicyError`] if the permission cannot be encoded.
    fn supports(&self, permission: &Permission) -> Result<(), PolicyError>;

    /// Returns the typed data by which the owner grants a session without an operation, if the module can do that for a
    /// change. The default is `None`: an operation makes the change.
    ///
    /// # Errors
    ///
    /// [`PolicyError`] if a permission cannot be encoded.
    fn grant_data(
        &self,
        change: &SessionChange,
        account: Address,
        chain_id: u64,
    ) -> Result<Option<TypedData>, PolicyError> {
        let _ = (change, account, chain_id);
        Ok(None)
    }

    /// Returns the grant that ends all sessions on chain. It needs no ledger.
    fn revoke_all(&self, state: &SessionState) -> Proposal;

    /// Reads the ledger of an account from a store's text. Without a text the ledger is empty.
    ///
    /// # Errors
    ///
    /// [`StoreError`] if the text is damaged as a whole, or was written by a newer version.
    fn ledger(&self, text: Option<&str>) -> Result<Box<dyn SessionLedger>, StoreError>;

    /// Creates an empty ledger.
    fn new_ledger(&self) -> Box<dyn SessionLedger>;

    /// Creates an empty ledger that replaces an unreadable text, which counts as one damaged entry.
    fn ledger_in_place_of_damaged(&self) -> Box<dyn SessionLedger>;
}

/// The local ledger of an account's sessions: grants, permissions and keys. The chain decides which grant is in force.
pub trait SessionLedger: Any + Send + Sync {
    /// Returns the ledger as text for a store.
    fn to_text(&self) -> String;

    /// Returns a copy of the ledger.
    fn boxed_clone(&self) -> Box<dyn SessionLedger>;

    /// Returns the number of entries that could not be read.
    fn damaged(&self) -> usize;

    /// Discards the entries that could not be read.
    fn discard_damaged(&mut self);

    /// Returns the key of a session, in its stored form.
    fn key(&self, id: SessionId) -> Option<&StoredKey>;

    /// Returns the unencrypted keys, which a vault could seal.
    fn unsealed_keys(&self) -> Vec<SessionKey>;

    /// Replaces the stored form of a key.
    fn replace_key(&mut self, key: StoredKey);

    /// Returns true if a new grant keeps the sessions on chain that the ledger does not hold, or it holds all of them. No
    /// session is known to every ledger.
    fn knows(&self, state: &SessionState) -> bool;

    /// Returns true if the sequence number of the next grant is needed to judge the sessions on chain.
    fn needs_sequence(&self, state: &SessionState) -> bool;

    /// Returns the sessions that can be used, including those of remote signers, in the order of their grants.
    fn sessions(&self, state: &SessionState) -> Vec<Session>;

    /// Returns the ids of the sessions that can be revoked. The default is those of the [usable](Self::sessions) ones.
    fn revocable(&self, state: &SessionState) -> Vec<SessionId> {
        let sessions = self.sessions(state).into_iter();
        sessions.map(|session| session.id).collect()
    }

    /// Returns a session as granted, or as last confirmed on chain. `None` if it was never confirmed.
    fn session(&self, state: &SessionState, id: SessionId) -> Option<Session>;

    /// Returns all sessions with their status, in the order of their grants. `pending` are the grants under way, and
    /// `now` is in seconds since 1970.
    fn records(&self, state: &SessionState, pending: &[PendingGrant], now: u64) -> Vec<SessionRecord>;

    /// Returns an upper bound of the sessions on chain that the ledger does not know. `next` is the sequence number
    /// of the next grant.
    fn untracked(&self, state: &SessionState, next: u64) -> u64;

    /// Returns the number of grants since the last recorded one, at least 1. `next` is the sequence number of the
    /// next grant.
    fn untracked_grants(&self, next: u64) -> u64;

    /// Returns the number of permissions on chain whose entries are damaged.
    fn lost(&self, state: &SessionState) -> u64;

    /// Returns the sessions that were on chain when a grant was prepared, if the grant depends on them and they are known.
    fn base(&self, grant: GrantId) -> Option<SessionState>;

    /// Records the grant that follows from a change of the sessions on chain. `now` is in seconds since 1970, `sequence`
    /// is the sequence number of the new grant.
    ///
    /// # Errors
    ///
    /// [`PolicyError`] if a permission cannot be encoded.
    fn propose(
        &mut self,
        state: &SessionState,
        change: SessionChange,
        now: u64,
        sequence: u64,
    ) -> Result<Proposal, PolicyError>;

    /// Records a change whose grant the owner is about to [sign](SessionModule::grant_data). `now` is in seconds since
    /// 1970. The default is an error.
    ///
    /// # Errors
    ///
    /// [`PolicyError`] if the module has no such grants, or a permission cannot be encoded.
    fn draft(&mut self, change: SessionChange, now: u64) -> Result<GrantId, PolicyError> {
        let _ = (change, now);
        Err(PolicyError::Unsupported("`SessionLedger::draft` is missing"))
    }

    /// Records a grant that the owner has [signed](SessionModule::grant_data). `now` is in seconds since 1970. The default
    /// is an error.
    ///
    /// # Errors
    ///
    /// [`PolicyError`] if the module has no such grants, or a permission cannot be encoded.
    fn record_signed(
        &mut self,
        change: SessionChange,
        owner: OwnerGrant,
        now: u64,
    ) -> Result<(), PolicyError> {
        let _ = (change, owner, now);
        Err(PolicyError::Unsupported(
            "`SessionLedger::record_signed` is missing",
        ))
    }

    /// Records an event. `now` is in seconds since 1970.
    fn apply(&mut self, event: SessionEvent, now: u64);

    /// Returns true if recording the sessions that were observed on chain would change nothing.
    fn is_current(&self, state: &SessionState, next: u64, now: u64) -> bool;

    /// Returns the limits of a session, in the order of its permissions, each with its counter on chain. The default is
    /// none: the module counts nothing.
    ///
    /// # Errors
    ///
    /// [`PolicyError`] if a permission cannot be encoded.
    fn counters(
        &self,
        state: &SessionState,
        id: SessionId,
        account: Address,
    ) -> Result<Vec<LimitCounter>, PolicyError> {
        let _ = (state, id, account);
        Ok(Vec::new())
    }

    /// Returns the proof that a session has permissions, by their indices. `form` is the
    /// [form](SessionProof::form) that the chain has accepted last, or 0.
    fn prove(
        &self,
        state: &SessionState,
        session: &Session,
        policies: &[usize],
        in_batch: bool,
        form: u8,
    ) -> Option<Box<dyn SessionProof>>;
}

/// The proof that a session may make calls, in the format of the validating module.
pub trait SessionProof: Send + Sync {
    /// Returns the module that validates the signature.
    fn validator(&self) -> Address;

    /// Returns true if the module reads a batch of calls, each under a permission of its own.
    fn is_batch(&self) -> bool;

    /// Returns the bytes that the session key signs as a personal message.
    fn message(&self, hash: UserOpHash) -> B256;

    /// Encodes the module's signature: the proof and the session key's signature.
    fn signature(&self, signature: Bytes) -> Bytes;

    /// Returns the grant that the operation puts into force before its calls are made. The default is none.
    fn grant(&self) -> Option<GrantId> {
        None
    }

    /// Returns the deployment of the account, if the session may make the account's first operation. The default is
    /// `None`: the account is deployed.
    fn deployment(&self) -> Option<Deployment> {
        None
    }

    /// Returns another form of the proof, to try if the module refuses the signature. The default is none.
    fn alternative(&self) -> Option<Box<dyn SessionProof>> {
        None
    }

    /// Returns the number of this form of the proof. Contracts of different chains accept different forms. The
    /// default is 0, the only form.
    fn form(&self) -> u8 {
        0
    }
}

/// The id of a grant: a change of the sessions that one operation puts into force. The format is that of the session
/// module.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub struct GrantId(pub B256);

impl GrantId {
    /// The grant of no session.
    pub const NONE: Self = Self(B256::ZERO);

    /// Returns true if no session is granted.
    #[must_use]
    pub const fn is_none(self) -> bool {
        self.0.const_is_zero()
    }
}

/// The sessions of an account on chain, as the session module reads them. The format is that of the session module.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct SessionState(pub Vec<B256>);

impl SessionState {
    /// Returns the state of one word. A word of 0 is the state of no session.
    #[must_use]
    pub fn of(word: B256) -> Self {
        match word.is_zero() {
            true => Self::default(),
            false => Self(vec![word]),
        }
    }

    /// Returns the word of a state [of one word](Self::of).
    #[must_use]
    pub fn word(&self) -> B256 {
        self.0.first().copied().unwrap_or_default()
    }

    /// Returns true if no session is on chain.
    #[must_use]
    pub const fn is_none(&self) -> bool {
        self.0.is_empty()
    }
}

/// A grant that is being made.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct PendingGrant {
    /// The grant.
    pub grant: GrantId,
    /// The hash of the user operation. `None` while the owner is asked to sign.
    pub hash: Option<UserOpHash>,
}

/// A change of the account's sessions.
#[derive(Clone, Debug, Default)]
pub struct SessionChange {
    /// The sessions to end.
    pub revoked: Revocation,
    /// The id of the new session.
    pub id: SessionId,
    /// The permissions of the new session.
    pub permissions: Vec<Permission>,
    /// The key of the new session, unless a remote signer has the key.
    pub key: Option<StoredKey>,
    /// A random number, which distinguishes the sessions of one key.
    pub salt: B256,
    /// True if a paymaster may pay for the new session's operations.
    pub is_sponsored: bool,
}

/// The owner's signature of a grant, and the account for which it was made.
#[derive(Clone, Debug)]
pub struct OwnerGrant {
    /// The account.
    pub account: Address,
    /// The chain id.
    pub chain_id: u64,
    /// The signature of the grant's [typed data](SessionModule::grant_data).
    pub signature: Bytes,
    /// The deployment of the account, if its address follows from its owner.
    pub deployment: Option<Deployment>,
}

/// The sessions that a change ends.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub enum Revocation {
    /// No session.
    #[default]
    None,
    /// Existing sessions. Unknown permissions end with them, because they may belong to these sessions.
    These(Vec<SessionId>),
    /// A session that may be missing.
    IfPresent(SessionId),
    /// Every session.
    All,
}

/// A recorded grant that is not submitted yet.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Proposal {
    /// The grant.
    pub grant: GrantId,
    /// The account's calls that put the grant into force.
    pub calls: Vec<Call>,
    /// The sessions on chain once the grant is in force.
    pub after: SessionState,
    /// True when the grant was not recorded before.
    pub is_new: bool,
}

/// An event in the life of a grant.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum SessionEvent {
    /// The chain holds sessions. `next` is the sequence number of the next grant, or 0 if it was not requested.
    Observed {
        /// The sessions.
        state: SessionState,
        /// The sequence number.
        next: u64,
    },
    /// The grant was included.
    Included(GrantId),
    /// The grant was included and reverted, or will never be included.
    Failed(GrantId),
    /// The grant was not submitted.
    Withdrawn(GrantId),
}
