use super::{Mutation, use_smart_account};
use crate::{UseSession, UserOpResponse};

/// Makes a call through a session. It needs no wallet, and nobody is asked.
///
/// On the server the signals are idle and `None`.
///
/// # Panics
///
/// Without a [`SmartAccountProvider`](super::SmartAccountProvider) above.
#[must_use]
#[track_caller]
pub fn use_session() -> Mutation<UseSession, UserOpResponse> {
    let connection = use_smart_account().connection;
    Mutation::new(move |request| async move { connection.client()?.use_session(request).await })
}
