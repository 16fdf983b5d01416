use alloy::primitives::B256;

use super::SmartLedger;
use crate::{
    permission::Permission,
    primitives::Deployment,
    session::{
        GrantId, Session, SessionChange, SessionEvent, SessionState,
        smart_sessions::{KeyValidator, SignedGrant, SmartSessionsContracts, as_policy},
    },
};

/// A session in the ledger.
#[derive(Clone, Debug, PartialEq)]
pub(in crate::session::smart_sessions) struct Record {
    pub(in crate::session::smart_sessions) session: Session,
    pub(in crate::session::smart_sessions) permission_id: B256,
    /// The owner's signature, for a session that was granted by one.
    pub(super) grant: Option<SignedGrant>,
    /// The deployment of the account, for the first operation.
    pub(super) deployment: Option<Deployment>,
    pub(super) fate: Fate,
    /// The time at which the chain was first known to have the session, in seconds since 1970.
    pub(super) enabled_at: u64,
    /// The grant under way that ends the session.
    pub(super) ending: Option<GrantId>,
}

/// The state of a session in the ledger.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Fate {
    /// An operation that enables the session is proposed.
    Proposed,
    /// The owner has signed, and the session was never seen on chain.
    Signed,
    /// The chain has the session.
    Enabled,
    /// The chain has the session no more: another device has ended it, or a node lags behind.
    Missing,
    /// The owner has ended the session.
    Revoked,
    /// The operation that enables the session has failed.
    Failed,
}

impl Fate {
    /// Returns true if the session may be in use, now or later.
    pub(super) const fn is_alive(self) -> bool {
        matches!(
            self,
            Self::Proposed | Self::Signed | Self::Enabled | Self::Missing
        )
    }
}

impl Record {
    pub(super) fn new(change: &SessionChange, permission_id: B256, fate: Fate) -> Self {
        let permissions = change.permissions.iter().map(as_policy).map(Permission::from);
        Self {
            session: Session::new(change.id, permissions),
            permission_id,
            grant: None,
            deployment: None,
            fate,
            enabled_at: 0,
            ending: None,
        }
    }

    /// Returns the validator of the session's key. Only an imported session has another one than the K1 validator.
    pub(super) fn key_validator(&self, contracts: &SmartSessionsContracts) -> KeyValidator {
        let session = self.grant.as_ref().and_then(|grant| grant.session(0));
        match session {
            Some(session) if session.sessionValidator == contracts.ownable_validator => KeyValidator::Ownable,
            _ => KeyValidator::K1,
        }
    }

    /// Returns true if the chain has the session.
    pub(super) fn is_on_chain(&self, state: &SessionState) -> bool {
        state.0.binary_search(&self.permission_id).is_ok()
    }

    fn enable(&mut self, now: u64) {
        if self.fate != Fate::Enabled {
            self.fate = Fate::Enabled;
            self.enabled_at = now;
        }
    }

    /// Moves the session to its next state.
    pub(super) fn apply(&mut self, event: &SessionEvent, now: u64) {
        let is_own = |grant: &GrantId| grant.0 == self.permission_id;
        match event {
            SessionEvent::Observed { state, .. } => match (self.is_on_chain(state), self.fate) {
                (true, _) => self.enable(now),
                (false, Fate::Enabled) if now.saturating_sub(self.enabled_at) >= SmartLedger::LAG => {
                    self.fate = Fate::Missing;
                }
                _ => {}
            },
            SessionEvent::Included(grant) if self.ending == Some(*grant) => {
                self.fate = Fate::Revoked;
                self.ending = None;
            }
            SessionEvent::Included(grant) if is_own(grant) => self.enable(now),
            SessionEvent::Failed(grant) | SessionEvent::Withdrawn(grant) => {
                self.ending.take_if(|ending| ending == grant);
                // The grant of a signature stays valid, also if an operation fails.
                if is_own(grant) && self.fate == Fate::Proposed {
                    self.fate = Fate::Failed;
                }
            }
            SessionEvent::Included(_) => {}
        }
    }
}
