use std::{collections::BTreeSet, fmt, iter};

use alloy::primitives::B256;

use super::{Book, Fate, Noted, Session};
use crate::{
    primitives::UserOpHash,
    session::{Leaf, SessionId},
};

/// How far a session has come. It follows from what is kept here, from the clock and from the root that the chain
/// holds.
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
    /// It was made and never sent, as when the page was closed meanwhile.
    Draft,
    /// The owner is asked to sign.
    AwaitingSignature,
    /// Its grant is on its way, in this operation.
    Submitted(UserOpHash),
    /// The chain lets it act.
    Active,
    /// The chain lets it act for five minutes more at most.
    ExpiringSoon,
    /// Its time is over.
    Expired,
    /// The owner has ended it from here.
    Revoked,
    /// Another device has replaced the account's sessions.
    Superseded,
    /// Its grant was included and reverted, or never will be included.
    Failed,
}

impl SessionStatus {
    /// How long before its end a session counts as expiring soon, in seconds.
    pub const SOON: u64 = 300;

    /// Whether the chain lets it act.
    #[must_use]
    pub const fn is_active(self) -> bool {
        matches!(self, Self::Active | Self::ExpiringSoon)
    }

    /// Whether it may become active yet.
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
            Self::Active => "active",
            Self::ExpiringSoon => "expiring soon",
            Self::Expired => "expired",
            Self::Revoked => "revoked",
            Self::Superseded => "replaced by another device",
            Self::Failed => "failed",
        })
    }
}

/// A session that is known here, and how far it has come.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct SessionRecord {
    /// What it was granted.
    pub session: Session,
    /// How far it has come.
    pub status: SessionStatus,
    /// Whether its key is kept here. A session of a signer elsewhere has none.
    pub has_key: bool,
}

impl SessionRecord {
    /// The session's name.
    #[must_use]
    pub const fn id(&self) -> SessionId {
        self.session.id
    }

    /// The last second of the policy that lasts longest, in seconds since 1970. `None` where one has no end.
    #[must_use]
    pub fn valid_until(&self) -> Option<u64> {
        end(&self.session.leaves)
    }
}

/// A grant that somebody is about to make.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Grant {
    /// The root that the chain is to hold.
    pub(crate) root: B256,
    /// The operation. `None` while the owner is asked to sign it.
    pub(crate) hash: Option<UserOpHash>,
}

impl Book {
    /// All sessions that are known here, in the order of their grants, when the chain holds a root and these grants
    /// are under way, at a moment in seconds since 1970.
    pub(crate) fn listed(&self, root: B256, grants: &[Grant], now: u64) -> Vec<SessionRecord> {
        let active = self.all_sessions(root);
        let mut hashes = Vec::new();
        let noted = self.trees.iter().flat_map(|noted| &noted.leaves);
        let mut seen = BTreeSet::new();
        hashes.extend(noted.filter(|hash| seen.insert(**hash)));
        let record = |known: Session| {
            let active = active.iter().find(|session| session.id == known.id);
            let status = match active {
                Some(session) => by_clock(&session.leaves, now),
                None => self.absent(&known, root, grants, now),
            };
            SessionRecord {
                has_key: self.key(known.id).is_some(),
                session: active.cloned().unwrap_or(known),
                status,
            }
        };
        self.sessions_of(&hashes).into_iter().map(record).collect()
    }

    /// What became of a session that the chain does not let act.
    fn absent(&self, session: &Session, root: B256, grants: &[Grant], now: u64) -> SessionStatus {
        let hashes = session.leaves.iter().map(Leaf::hash).collect::<Vec<_>>();
        let holds = |leaves: &[B256]| leaves.iter().any(|hash| hashes.contains(hash));
        let last = self.trees.iter().rposition(|noted| holds(&noted.leaves));
        let current = self.position(root).or_else(|| self.held());
        if let Some(last) = last.filter(|last| current.is_none_or(|current| *last > current)) {
            let noted = &self.trees[last];
            let grant = grants.iter().find(|grant| grant.root == noted.root);
            return match grant {
                _ if noted.fate == Fate::Failed => SessionStatus::Failed,
                Some(Grant { hash: Some(hash), .. }) => SessionStatus::Submitted(*hash),
                Some(Grant { hash: None, .. }) => SessionStatus::AwaitingSignature,
                None => SessionStatus::Draft,
            };
        }
        if last.is_some_and(|last| self.trees[last].fate == Fate::Failed) {
            SessionStatus::Failed
        } else if session.leaves.iter().all(|leaf| leaf.interval().has_ended(now)) {
            SessionStatus::Expired
        } else if root.is_zero() || self.descends(root, holds) {
            SessionStatus::Revoked
        } else {
            SessionStatus::Superseded
        }
    }

    /// Whether a tree was built, by way of trees that are known here, on one with these leaves.
    fn descends(&self, root: B256, holds: impl Fn(&[B256]) -> bool) -> bool {
        let base = |noted: &Noted| self.noted(noted.base?);
        let first = self.noted(root).and_then(base);
        // The same tree may come again, so the way may lead in a circle.
        iter::successors(first, |noted| base(noted))
            .take(self.trees.len())
            .any(|noted| holds(&noted.leaves))
    }
}

/// How far a session has come that the chain lets act within its time.
fn by_clock(leaves: &[Leaf], now: u64) -> SessionStatus {
    if leaves.iter().all(|leaf| leaf.interval().has_ended(now)) {
        return SessionStatus::Expired;
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
