use std::any::Any;

use alloy::primitives::{Address, B256, Bytes};

use super::{ImportError, Session, SessionId, SessionRecord};
use crate::{
    permission::{Permission, PolicyError},
    primitives::{Call, ContractCall, NonceKey, UserOpHash},
    signer::SessionKey,
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

    /// Returns the call that reads the grant in force from the chain.
    fn current_grant(&self, account: Address) -> ContractCall<GrantId>;

    /// Checks that the module can enforce a permission.
    ///
    /// # Errors
    ///
    /// [`PolicyError`] if the permission cannot be encoded.
    fn supports(&self, permission: &Permission) -> Result<(), PolicyError>;

    /// Returns the account's calls that put a grant into force.
    fn grant_calls(&self, grant: GrantId) -> Vec<Call>;

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

    /// Returns true if the ledger holds a grant completely. The grant of no session is known to every ledger.
    fn knows(&self, grant: GrantId) -> bool;

    /// Returns true if the sequence number of the next grant is needed to judge a grant on chain.
    fn needs_sequence(&self, grant: GrantId) -> bool;

    /// Returns the sessions of a grant, including those of remote signers, in the order of their grants.
    fn sessions(&self, grant: GrantId) -> Vec<Session>;

    /// Returns a session as granted, or as last confirmed on chain. `None` if it was never confirmed.
    fn session(&self, grant: GrantId, id: SessionId) -> Option<Session>;

    /// Returns all sessions with their status, in the order of their grants. `grant` is in force on chain, `pending`
    /// are those under way, and `now` is in seconds since 1970.
    fn records(&self, grant: GrantId, pending: &[PendingGrant], now: u64) -> Vec<SessionRecord>;

    /// Returns an upper bound of the sessions on chain that the ledger does not know. `next` is the sequence number
    /// of the next grant.
    fn untracked(&self, grant: GrantId, next: u64) -> u64;

    /// Returns the number of grants since the last recorded one, at least 1. `next` is the sequence number of the
    /// next grant.
    fn untracked_grants(&self, next: u64) -> u64;

    /// Returns the number of permissions of a grant whose entries are damaged.
    fn lost(&self, grant: GrantId) -> u64;

    /// Returns the grant that was in force when a grant was prepared, if known.
    fn base(&self, grant: GrantId) -> Option<GrantId>;

    /// Records the grant that follows from a change of the current one. `now` is in seconds since 1970, `sequence` is
    /// the sequence number of the new grant.
    ///
    /// # Errors
    ///
    /// [`PolicyError`] if a permission cannot be encoded.
    fn propose(
        &mut self,
        current: GrantId,
        change: SessionChange,
        now: u64,
        sequence: u64,
    ) -> Result<Proposal, PolicyError>;

    /// Records an event. `now` is in seconds since 1970.
    fn apply(&mut self, event: SessionEvent, now: u64);

    /// Returns true if recording a grant that was observed on chain would change nothing.
    fn is_current(&self, grant: GrantId, next: u64, now: u64) -> bool;

    /// Returns the proof that permissions of a session, by their indices, are part of a grant. `form` is the
    /// [form](SessionProof::form) that the chain has accepted last, or 0.
    fn prove(
        &self,
        grant: GrantId,
        id: SessionId,
        policies: &[usize],
        in_batch: bool,
        form: u8,
    ) -> Option<Box<dyn SessionProof>>;
}

/// The sessions that another library has stored, for
/// [`import_sessions`](crate::SmartAccountClient::import_sessions). A page that imports none links no reader.
pub trait SessionImport: Send {
    /// Returns the unencrypted keys of the sessions.
    fn open_keys(&self) -> Vec<SessionKey>;

    /// Records the sessions in a ledger of the same session module, with their keys in stored form. `current` is the
    /// grant on chain.
    ///
    /// # Errors
    ///
    /// [`ImportError::Sessions`] if the ledger is of another session module.
    fn record(
        self,
        ledger: &mut dyn SessionLedger,
        keys: Vec<StoredKey>,
        current: GrantId,
    ) -> Result<(), ImportError>;
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

/// The id of a grant: the state of all sessions that one operation puts into force. The format is that of the session
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
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Proposal {
    /// The grant.
    pub grant: GrantId,
    /// True when the grant was not recorded before.
    pub is_new: bool,
}

/// An event in the life of a grant.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum SessionEvent {
    /// The chain holds a grant. `next` is the sequence number of the next grant, or 0 if it was not requested.
    Observed {
        /// The grant.
        grant: GrantId,
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
