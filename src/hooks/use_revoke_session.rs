use super::{Mutation, use_smart_account};
use crate::{RevokeSession, UserOpResponse};

/// Revokes one, several or all sessions on chain. The owner signs. Revoking all sessions includes those whose record
/// is lost.
///
/// On the server the signals are idle and `None`.
///
/// # Panics
///
/// Without a [`SmartAccountProvider`](super::SmartAccountProvider) above.
///
/// # Examples
///
/// ```
/// use leptos::prelude::*;
/// use use_aa::{RevokeSession, use_revoke_session};
///
/// #[component]
/// fn LostPhone() -> impl IntoView {
///     let revoke = use_revoke_session();
///     let all = move |_| revoke.mutate.run(RevokeSession::all());
///     view! { <button on:click=all disabled=revoke.is_pending>"End all sessions"</button> }
/// }
/// ```
#[must_use]
#[track_caller]
pub fn use_revoke_session() -> Mutation<RevokeSession, UserOpResponse> {
    let connection = use_smart_account().connection;
    Mutation::sending(connection, |client, request| async move {
        client?.revoke_session(request).await
    })
}
