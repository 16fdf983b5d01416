use super::{Mutation, use_smart_account};
use crate::{Cancel, UserOpResponse};

/// Cancels a pending operation by reusing its nonce for an operation that does nothing. The owner signs.
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
/// use use_aa::{Cancel, Payment, Request, UserOpHash, use_cancel};
///
/// #[component]
/// fn Stop(op: UserOpHash) -> impl IntoView {
///     let cancel = use_cancel();
///     let stop = move |_| cancel.mutate.run(Cancel::new(op).pay(Payment::Sponsored));
///     view! { <button on:click=stop disabled=cancel.is_pending>"Cancel"</button> }
/// }
/// ```
#[must_use]
#[track_caller]
pub fn use_cancel() -> Mutation<Cancel, UserOpResponse> {
    let connection = use_smart_account().connection;
    Mutation::sending(connection, |client, request| async move {
        client?.cancel(request).await
    })
}
