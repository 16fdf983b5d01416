use super::{Mutation, use_smart_account};
use crate::{CreateSession, UserOpResponse};

/// Grants a session to a key that stays in the store: the owner signs once, and the session signs from then on.
///
/// On the server the signals are idle and `None`.
///
/// # Panics
///
/// Without a [`SmartAccountProvider`](super::SmartAccountProvider) above.
#[must_use]
#[track_caller]
pub fn use_create_session() -> Mutation<CreateSession, UserOpResponse> {
    let connection = use_smart_account().connection;
    Mutation::new(move |request| async move { connection.client()?.create_session(request).await })
}
