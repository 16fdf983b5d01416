use crate::session::{Session, SessionId, merkle::Leaf};

/// A session of the ledger: a key and its leaves.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct MerkleSession {
    /// The id of the session, the address of its key.
    pub id: SessionId,
    /// The permissions of the session, one leaf each.
    pub leaves: Vec<Leaf>,
}

impl From<MerkleSession> for Session {
    fn from(session: MerkleSession) -> Self {
        // The ledger groups leaves by their key, which only a leaf of a known module has.
        let permissions = session.leaves.iter().filter_map(Leaf::permission);
        Self {
            id: session.id,
            permissions: permissions.collect(),
        }
    }
}
