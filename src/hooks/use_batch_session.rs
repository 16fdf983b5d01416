use super::{Mutation, use_smart_account};
use crate::{UseSession, UserOpResponse};

/// Makes several calls in one operation that a session key signs: all of them succeed, or none. No wallet is needed,
/// and the user is not prompted. This sets [`UseSession::in_batch`] in every request.
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
/// use use_aa::{Call, UseSession, use_batch_session};
///
/// #[component]
/// fn Swap(approve: Call, swap: Call) -> impl IntoView {
///     let batch = use_batch_session();
///     let go = move |_| batch.mutate.run(UseSession::new([approve.clone(), swap.clone()]));
///     view! { <button on:click=go disabled=batch.is_pending>"Swap"</button> }
/// }
/// ```
#[must_use]
#[track_caller]
pub fn use_batch_session() -> Mutation<UseSession, UserOpResponse> {
    let connection = use_smart_account().connection;
    Mutation::sending(connection, |client, request: UseSession| async move {
        client?.use_session(request.in_batch(true)).await
    })
}
