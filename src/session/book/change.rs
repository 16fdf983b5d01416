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
    /// Each of them must be there.
    These(Vec<SessionId>),
    /// It need not be there.
    IfThere(SessionId),
    All,
}

impl Without {
    pub(super) fn has(&self, leaf: Option<&Leaf>) -> bool {
        match self {
            Self::None => false,
            Self::IfThere(id) => leaf.and_then(Leaf::key) == Some(*id),
            Self::These(ids) => leaf.and_then(Leaf::key).is_some_and(|key| ids.contains(&key)),
            Self::All => true,
        }
    }
}
