use crate::session::{KeptKey, Leaf, SessionId};

/// The difference between the next tree and the tree that it builds on.
#[derive(Clone, Debug, Default)]
pub(crate) struct TreeChange {
    /// The sessions to end.
    pub(crate) without: Without,
    /// The leaves to add.
    pub(crate) leaves: Vec<Leaf>,
    /// The key of the new leaves, unless a remote signer has the key.
    pub(crate) key: Option<KeptKey>,
}

/// The sessions that the next tree leaves out.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) enum Without {
    #[default]
    None,
    /// Existing sessions. Unknown leaves end with them, because they may belong to these sessions.
    These(Vec<SessionId>),
    /// A session that may be missing.
    IfThere(SessionId),
    All,
}

impl Without {
    /// Returns true if a leaf is left out.
    pub(super) fn has(&self, leaf: Option<&Leaf>) -> bool {
        match (self, leaf) {
            (Self::All, _) | (Self::These(_), None) => true,
            (Self::These(ids), Some(leaf)) => ids.iter().any(|id| is_of(leaf, *id)),
            (Self::IfThere(id), Some(leaf)) => is_of(leaf, *id),
            (Self::None, _) | (Self::IfThere(_), None) => false,
        }
    }
}

/// Returns true if a leaf belongs to a session. The key data of an unknown module contains the key's address at an
/// unknown position.
fn is_of(leaf: &Leaf, id: SessionId) -> bool {
    leaf.key().map_or_else(|| leaf.mentions(id), |key| key == id)
}
