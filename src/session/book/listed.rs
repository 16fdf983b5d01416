use std::{collections::BTreeSet, fmt};

use alloy::primitives::B256;

use super::{Book, Fate, Noted, Session};
use crate::{
    primitives::UserOpHash,
    session::{Leaf, SessionId},
};

/// The status of a session, derived from the ledger, the clock and the root on chain.
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
        matches!(self, Self::Active | Self::ExpiringSoon)
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
    /// Returns the id of the session.
    #[must_use]
    pub const fn id(&self) -> SessionId {
        self.session.id
    }

    /// Returns the last second of the longest permission, in seconds since 1970. `None` if a permission has no end.
    #[must_use]
    pub fn valid_until(&self) -> Option<u64> {
        end(&self.session.leaves)
    }
}

/// A grant that is being made.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Grant {
    /// The new root.
    pub(crate) root: B256,
    /// The hash of the user operation. `None` while the owner is asked to sign.
    pub(crate) hash: Option<UserOpHash>,
}

impl Book {
    /// Returns all sessions of the ledger with their status, in the order of their grants. `root` is the root on chain,
    /// `grants` are those under way, and `now` is in seconds since 1970.
    pub(crate) fn listed(&self, root: B256, grants: &[Grant], now: u64) -> Vec<SessionRecord> {
        let active = self.all_sessions(root);
        let mut hashes = Vec::new();
        let noted = self.trees.iter().flat_map(|noted| &noted.leaves);
        let mut seen = BTreeSet::new();
        hashes.extend(noted.filter(|hash| seen.insert(**hash)));
        let record = |known: Session| {
            let active = active.iter().find(|session| session.id == known.id);
            let (session, status) = match active {
                Some(session) => (session.clone(), by_clock(&session.leaves, now)),
                None => self.absent(known, root, grants, now),
            };
            SessionRecord {
                has_key: self.key(session.id).is_some(),
                session,
                status,
            }
        };
        self.sessions_of(&hashes).into_iter().map(record).collect()
    }

    /// Returns the permissions and the status of a session that is not in the tree on chain.
    fn absent(&self, known: Session, root: B256, grants: &[Grant], now: u64) -> (Session, SessionStatus) {
        let hashes = known.leaves.iter().map(Leaf::hash).collect::<Vec<_>>();
        let current = self.position(root).or_else(|| self.held());
        let later = self.trees.iter().skip(current.map_or(0, |current| current + 1));
        let holds = |noted: &&Noted| noted.leaves.iter().any(|hash| hashes.contains(hash));
        let open = later
            .rev()
            .filter(|noted| noted.fate != Fate::Failed)
            .filter(holds);
        let open = open.collect::<Vec<_>>();
        let mut under_way = open
            .iter()
            .filter_map(|noted| grants.iter().find(|grant| grant.root == noted.root));
        match (under_way.next(), self.last_held(&known)) {
            (Some(Grant { hash: Some(hash), .. }), _) => (known, SessionStatus::Submitted(*hash)),
            (Some(Grant { hash: None, .. }), _) => (known, SessionStatus::AwaitingSignature),
            (None, Some((at, granted))) => {
                let status = self.ended(at, &granted, root, now);
                (granted, status)
            }
            (None, None) if open.is_empty() => (known, SessionStatus::Failed),
            (None, None) => (known, SessionStatus::Draft),
        }
    }

    /// Returns the status of a session that was last on chain in the tree at this position.
    fn ended(&self, at: usize, granted: &Session, root: B256, now: u64) -> SessionStatus {
        let current = self.position(root);
        let mut after = self.trees.iter().enumerate().skip(at + 1);
        let next = after.find(|(at, noted)| noted.fate == Fate::Held || Some(*at) == current);
        // Only the owner can end all sessions.
        let is_ours = match next.map(|(_, next)| next.base) {
            Some(base) => base == Some(self.trees[at].root) || base == Some(B256::ZERO),
            None => root.is_zero(),
        };
        if granted.leaves.iter().all(|leaf| leaf.interval().has_ended(now)) {
            SessionStatus::Expired
        } else if is_ours {
            SessionStatus::Revoked
        } else {
            SessionStatus::Superseded
        }
    }
}

/// Returns the status of a session on chain by the clock.
fn by_clock(leaves: &[Leaf], now: u64) -> SessionStatus {
    if leaves.iter().all(|leaf| leaf.interval().has_ended(now)) {
        return SessionStatus::Expired;
    }
    if !leaves.iter().any(|leaf| leaf.interval().contains(now)) {
        return SessionStatus::Scheduled;
    }
    let soon = now.saturating_add(SessionStatus::SOON);
    match end(leaves) {
        Some(end) if end <= soon => SessionStatus::ExpiringSoon,
        _ => SessionStatus::Active,
    }
}

fn end(leaves: &[Leaf]) -> Option<u64> {
    let ends = leaves.iter().map(|leaf| match leaf.interval().valid_until {
        0 => u64::MAX,
        second => second,
    });
    ends.max().filter(|end| *end != u64::MAX)
}
