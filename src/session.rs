//! Sessions: a key and its permissions. Each session module of an account kind has a room of its own.

mod allowance;
mod import;
mod import_error;
pub mod merkle;
mod module;
mod no_sessions;
mod record;
pub mod smart_sessions;

use alloy::primitives::Address;

use self::import::ledger_of;
pub use self::{
    allowance::{Allowance, Counter, LimitCounter},
    import::{ImportTarget, SessionImport},
    import_error::ImportError,
    module::{
        GrantId, OwnerGrant, PendingGrant, Proposal, Revocation, SessionChange, SessionEvent, SessionLedger,
        SessionModule, SessionProof, SessionState,
    },
    no_sessions::NoSessions,
    record::{SessionRecord, SessionStatus},
};
use crate::{
    permission::{Permission, Violation},
    primitives::Call,
};

/// The id of a session: the address of its key, which is unique.
pub type SessionId = Address;

/// A session: a key and its permissions.
///
/// # Examples
///
/// ```
/// use alloy::primitives::{Address, address, bytes};
/// use use_aa::{Call, Policy, Session, Violation};
///
/// let nft = address!("1758f42Af7026fBbB559Dc60EcE0De3ef81f665e");
/// let session = Session::new(Address::repeat_byte(1), [Policy::function(nft, "safeMint(address)")?]);
/// let now = 1_700_000_000;
///
/// assert!(session.allows(&Call::raw(nft, bytes!("40d097c3")), now).is_ok());
/// let refused = session.allows(&Call::raw(nft, bytes!("a9059cbb")), now);
/// assert!(matches!(refused, Err(Violation::Function { .. })));
/// # Ok::<(), use_aa::permission::PolicyError>(())
/// ```
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct Session {
    /// The id of the session, the address of its key.
    pub id: SessionId,
    /// The permissions of the session.
    pub permissions: Vec<Permission>,
}

impl Session {
    /// Creates a session from its id and permissions.
    pub fn new<P: Into<Permission>>(id: SessionId, permissions: impl IntoIterator<Item = P>) -> Self {
        Self {
            id,
            permissions: permissions.into_iter().map(Into::into).collect(),
        }
    }

    /// Returns the index of the permission that allows a call at a time, in seconds since 1970.
    ///
    /// # Errors
    ///
    /// The [`Violation`] of the nearest permission: one for this contract and function, if there is one.
    pub fn allows(&self, call: &Call, now: u64) -> Result<usize, Violation> {
        let is_allowing = |permission: &Permission| permission.allows_at(call, now).is_ok();
        match (self.permissions.iter().position(is_allowing), self.nearest(call)) {
            (Some(index), _) => Ok(index),
            (None, Some(index)) => self.permissions[index].allows_at(call, now).map(|()| index),
            (None, None) => Err(Violation::Nothing),
        }
    }

    /// Returns the index of the permission for a call's contract and function, otherwise of the first permission.
    #[must_use]
    pub fn nearest(&self, call: &Call) -> Option<usize> {
        let near = self
            .permissions
            .iter()
            .position(|permission| permission.is_near(call));
        near.or_else(|| (!self.permissions.is_empty()).then_some(0))
    }

    /// Returns true if the session has a permission for a call's contract and function.
    #[must_use]
    pub fn is_near(&self, call: &Call) -> bool {
        self.permissions.iter().any(|permission| permission.is_near(call))
    }
}
