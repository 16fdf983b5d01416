use crate::session::{Revocation, SessionId, merkle::Leaf};

/// Returns true if a revocation ends a leaf. An unknown leaf may belong to one of the named sessions.
pub(super) fn ends(revoked: &Revocation, leaf: Option<&Leaf>) -> bool {
    match (revoked, leaf) {
        (Revocation::All, _) | (Revocation::These(_), None) => true,
        (Revocation::These(ids), Some(leaf)) => ids.iter().any(|id| is_of(leaf, *id)),
        (Revocation::IfPresent(id), Some(leaf)) => is_of(leaf, *id),
        (Revocation::None, _) | (Revocation::IfPresent(_), None) => false,
    }
}

/// Returns true if a leaf belongs to a session. The key data of an unknown module contains the key's address at an
/// unknown position.
fn is_of(leaf: &Leaf, id: SessionId) -> bool {
    leaf.key().map_or_else(|| leaf.mentions(id), |key| key == id)
}
