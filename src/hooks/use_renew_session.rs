use super::{Mutation, use_smart_account};
use crate::{RenewSession, SessionGrant};

/// Replaces a session with a new key and expiry, even if the session has ended. The owner signs.
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
/// use use_aa::{RenewSession, SessionId, use_renew_session};
///
/// #[component]
/// fn Renew(session: SessionId) -> impl IntoView {
///     let renew = use_renew_session();
///     let go = move |_| renew.mutate.run(RenewSession::new(session));
///     view! { <button on:click=go disabled=renew.is_pending>"One more hour"</button> }
/// }
/// ```
#[must_use]
#[track_caller]
pub fn use_renew_session() -> Mutation<RenewSession, SessionGrant> {
    let connection = use_smart_account().connection;
    Mutation::sending(connection, |client, request| async move {
        client?.renew_session(request).await
    })
}
