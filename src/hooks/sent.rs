use crate::{SessionGrant, UserOpHash, UserOpResponse};

/// An answer that may name an operation: a hash, a [`UserOpResponse`] or a [`SessionGrant`].
pub trait Sent: Clone + Send + Sync + 'static {
    /// Returns the hash of the operation, if there is one.
    fn user_op(&self) -> Option<UserOpHash>;
}

impl Sent for UserOpHash {
    fn user_op(&self) -> Option<UserOpHash> {
        Some(*self)
    }
}

impl Sent for UserOpResponse {
    fn user_op(&self) -> Option<UserOpHash> {
        Some(self.hash())
    }
}

impl Sent for SessionGrant {
    fn user_op(&self) -> Option<UserOpHash> {
        Self::user_op(self).map(UserOpResponse::hash)
    }
}
