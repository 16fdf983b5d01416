use super::{Mutation, use_smart_account};
use crate::{Payment, Request, SendTransaction, UserOpResponse};

/// Sends calls that the owner signs, with gas sponsored by the paymaster. Sponsorship overrides the payment of the
/// request.
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
/// use use_aa::{Call, SendTransaction, use_send_sponsored_transaction};
///
/// #[component]
/// fn Join(call: Call) -> impl IntoView {
///     let send = use_send_sponsored_transaction();
///     let join = move |_| send.mutate.run(SendTransaction::from(call.clone()));
///     let refused = move || send.error.get().is_some_and(|error| error.service().is_some());
///     view! {
///         <button on:click=join disabled=send.is_pending>"Join for free"</button>
///         <Show when=refused>"The paymaster declines at the moment."</Show>
///     }
/// }
/// ```
#[must_use]
#[track_caller]
pub fn use_send_sponsored_transaction() -> Mutation<SendTransaction, UserOpResponse> {
    let connection = use_smart_account().connection;
    Mutation::sending(connection, |client, request: SendTransaction| async move {
        client?.send(request.pay(Payment::Sponsored)).await
    })
}
