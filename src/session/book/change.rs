use crate::session::{KeptKey, Leaf, SessionId};

/// What the next tree has otherwise than the one that it builds on.
#[derive(Clone, Debug, Default)]
pub(crate) struct TreeChange {
    /// The sessions that end.
    pub(crate) without: Without,
    /// The leaves that are added.
    pub(crate) leaves: Vec<Leaf>,
    /// Their key, unless it is kept elsewhere.
    pub(crate) key: Option<KeptKey>,
}

/// Sessions that the next tree no longer has.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) enum Without {
    #[default]
    None,
    /// Each of them must be there. With them end leaves that are not known, which may be theirs.
    These(Vec<SessionId>),
    /// It need not be there.
    IfThere(SessionId),
    All,
}

impl Without {
    /// Whether a leaf is one of theirs. One that is not known has none.
    pub(super) fn has(&self, leaf: Option<&Leaf>) -> bool {
        match (self, leaf) {
            (Self::All, _) | (Self::These(_), None) => true,
            (Self::These(ids), Some(leaf)) => ids.iter().any(|id| is_of(leaf, *id)),
            (Self::IfThere(id), Some(leaf)) => is_of(leaf, *id),
            (Self::None, _) | (Self::IfThere(_), None) => false,
        }
    }
}

/// Whether a leaf is one of a session. What an unknown module reads has its key somewhere.
fn is_of(leaf: &Leaf, id: SessionId) -> bool {
    leaf.key().map_or_else(|| leaf.mentions(id), |key| key == id)
}
