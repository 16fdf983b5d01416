use std::{collections::BTreeSet, fmt};

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
    /// The chain will let it act: it is granted, and its time has not begun.
    Scheduled,
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
    /// Its grant was included and reverted, or never will be included: another one was in its place.
    Failed,
}

impl SessionStatus {
    /// How long before its end a session counts as expiring soon, in seconds.
    pub const SOON: u64 = 300;

    /// Whether the chain lets it act now.
    #[must_use]
    pub const fn is_active(self) -> bool {
        matches!(self, Self::Active | Self::ExpiringSoon)
    }

    /// Whether the chain lets it act, now or once its time begins. Only then can it be
    /// [revoked](crate::SmartAccountClient::revoke_session).
    #[must_use]
    pub const fn is_granted(self) -> bool {
        self.is_active() || matches!(self, Self::Scheduled)
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

/// A session that is known here, and how far it has come.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct SessionRecord {
    /// What it is granted; of one that has ended, what the chain was last seen to grant it; of one that was never seen
    /// on chain, what it was to be granted.
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

    /// What was granted to a session that the chain does not let act, and what became of it.
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

    /// How a session has ended that the chain held last in this tree.
    fn ended(&self, at: usize, granted: &Session, root: B256, now: u64) -> SessionStatus {
        let current = self.position(root);
        let mut after = self.trees.iter().enumerate().skip(at + 1);
        let next = after.find(|(at, noted)| noted.fate == Fate::Held || Some(*at) == current);
        // Nobody ends all sessions but the owner.
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

/// How far a session has come that the chain holds.
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
