use alloy::primitives::Address;

use crate::{
    primitives::Call,
    session::{Leaf, Violation},
};

/// The id of a session: the address of its key, which is unique.
pub type SessionId = Address;

/// A session: a key and its permissions.
///
/// # Examples
///
/// ```
/// use alloy::primitives::{address, bytes};
/// use use_aa::{Call, Policy, SessionKey, Violation, session::{Book, Tree}};
///
/// let nft = address!("1758f42Af7026fBbB559Dc60EcE0De3ef81f665e");
/// let (key, now) = (SessionKey::random()?, 1_700_000_000);
/// let leaf = Policy::function(nft, "safeMint(address)")?.leaf(key.address())?;
/// let mut book = Book::default();
/// let root = book.grant(&Tree::new([]), Some(key.into()), vec![leaf], now);
///
/// let session = &book.sessions(root)[0];
/// assert!(session.allows(&Call::raw(nft, bytes!("40d097c3")), now).is_ok());
/// let refused = session.allows(&Call::raw(nft, bytes!("a9059cbb")), now);
/// assert!(matches!(refused, Err(Violation::Function { .. })));
/// # Ok::<(), use_aa::Error>(())
/// ```
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct Session {
    /// The id of the session, the address of its key.
    pub id: SessionId,
    /// The permissions of the session, one leaf each.
    pub leaves: Vec<Leaf>,
}

impl Session {
    /// Returns the leaf that allows a call at a time, in seconds since 1970.
    ///
    /// # Errors
    ///
    /// The [`Violation`] of the nearest leaf: one for this contract and function, if there is one.
    pub fn allows(&self, call: &Call, now: u64) -> Result<&Leaf, Violation> {
        let allowing = self.leaves.iter().find(|leaf| leaf.allows(call, now).is_ok());
        match (allowing, self.nearest(call)) {
            (Some(leaf), _) => Ok(leaf),
            (None, Some(leaf)) => leaf.allows(call, now).map(|()| leaf),
            (None, None) => Err(Violation::Nothing),
        }
    }

    /// Returns the leaf for a call's contract and function, otherwise the first leaf.
    #[must_use]
    pub fn nearest(&self, call: &Call) -> Option<&Leaf> {
        let near = self.leaves.iter().find(|leaf| leaf.is_near(call));
        near.or_else(|| self.leaves.first())
    }

    /// Returns true if the session has a leaf for a call's contract and function.
    #[must_use]
    pub fn is_near(&self, call: &Call) -> bool {
        self.leaves.iter().any(|leaf| leaf.is_near(call))
    }
}
