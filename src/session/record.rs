use std::fmt;

use super::{Session, SessionId};
use crate::{permission::Permission, primitives::UserOpHash};

/// The status of a session, derived from the ledger, the clock and the grant in force on chain.
///
/// # Examples
///
/// ```
/// use use_aa::SessionStatus;
///
/// const fn offer(status: SessionStatus) -> Option<&'static str> {
///     match status {
///         SessionStatus::ExpiringSoon | SessionStatus::Expired => Some("Renew"),
///         SessionStatus::Active => Some("Revoke"),
///         _ => None,
///     }
/// }
///
/// assert_eq!(offer(SessionStatus::Active), Some("Revoke"));
/// assert!(SessionStatus::ExpiringSoon.is_active());
/// assert_eq!(SessionStatus::Expired.to_string(), "expired");
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum SessionStatus {
    /// The session was created and never submitted, for example because the page was closed.
    Draft,
    /// The owner is asked to sign the grant.
    AwaitingSignature,
    /// The grant is pending, in this user operation.
    Submitted(UserOpHash),
    /// The session is granted, and its interval has not begun.
    Scheduled,
    /// The session can sign operations now.
    Active,
    /// The owner has signed the grant, which takes effect with the session's first operation.
    Granted,
    /// The session is active and ends within five minutes.
    ExpiringSoon,
    /// The session's interval is over.
    Expired,
    /// The owner has revoked the session from this device, or has ended all sessions.
    Revoked,
    /// Another device has replaced the account's sessions.
    Superseded,
    /// The grant was included and reverted, or will never be included because another operation took its place.
    Failed,
}

impl SessionStatus {
    /// The time before its end at which a session counts as expiring soon, in seconds.
    pub const SOON: u64 = 300;

    /// Returns true if the session is active now.
    #[must_use]
    pub const fn is_active(self) -> bool {
        matches!(self, Self::Active | Self::Granted | Self::ExpiringSoon)
    }

    /// Returns true if the session is active, or will be once its interval begins. Only such a session can be
    /// [revoked](crate::SmartAccountClient::revoke_session).
    #[must_use]
    pub const fn is_granted(self) -> bool {
        self.is_active() || matches!(self, Self::Scheduled)
    }

    /// Returns true if the grant awaits a signature or is pending.
    #[must_use]
    pub const fn is_under_way(self) -> bool {
        matches!(self, Self::AwaitingSignature | Self::Submitted(_))
    }
}

impl fmt::Display for SessionStatus {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Draft => "never sent",
            Self::AwaitingSignature => "waiting for the owner's signature",
            Self::Submitted(_) => "on its way",
            Self::Scheduled => "not yet active",
            Self::Active => "active",
            Self::Granted => "granted, takes effect with its first use",
            Self::ExpiringSoon => "expiring soon",
            Self::Expired => "expired",
            Self::Revoked => "revoked",
            Self::Superseded => "replaced by another device",
            Self::Failed => "failed",
        })
    }
}

/// A session in the ledger and its status.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct SessionRecord {
    /// The session with its current permissions. A session that has ended has the permissions last confirmed on chain;
    /// a session that was never on chain has the requested ones.
    pub session: Session,
    /// The status of the session.
    pub status: SessionStatus,
    /// True when the session's key is in the store. A session of a remote signer has none.
    pub has_key: bool,
}

impl SessionRecord {
    /// Creates the record of a session, with the status that follows from its grant.
    #[must_use]
    pub const fn new(session: Session, status: SessionStatus, has_key: bool) -> Self {
        Self {
            session,
            status,
            has_key,
        }
    }

    /// Returns the id of the session.
    #[must_use]
    pub const fn id(&self) -> SessionId {
        self.session.id
    }

    /// Returns the last second of the longest permission, in seconds since 1970. `None` if a permission has no end.
    #[must_use]
    pub fn valid_until(&self) -> Option<u64> {
        end(&self.session.permissions)
    }
}

/// Returns the status of a granted session by the clock. `now` is in seconds since 1970.
pub(super) fn status_at(permissions: &[Permission], now: u64) -> SessionStatus {
    if has_ended(permissions, now) {
        return SessionStatus::Expired;
    }
    if !permissions
        .iter()
        .any(|permission| permission.interval().contains(now))
    {
        return SessionStatus::Scheduled;
    }
    let soon = now.saturating_add(SessionStatus::SOON);
    match end(permissions) {
        Some(end) if end <= soon => SessionStatus::ExpiringSoon,
        _ => SessionStatus::Active,
    }
}

/// Returns true if every permission has ended.
pub(super) fn has_ended(permissions: &[Permission], now: u64) -> bool {
    permissions
        .iter()
        .all(|permission| permission.interval().has_ended(now))
}

fn end(permissions: &[Permission]) -> Option<u64> {
    let ends = permissions
        .iter()
        .map(|permission| match permission.interval().valid_until {
            0 => u64::MAX,
            second => second,
        });
    ends.max().filter(|end| *end != u64::MAX)
}
