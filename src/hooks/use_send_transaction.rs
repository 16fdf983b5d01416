use super::{Mutation, use_smart_account};
use crate::{SendTransaction, UserOpResponse};

/// Sends calls that the owner signs, with the payment of the request.
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
/// use alloy::primitives::{Address, U256};
/// use leptos::prelude::*;
/// use use_aa::{Call, SendTransaction, use_send_transaction};
///
/// #[component]
/// fn Tip(artist: Address, wei: U256) -> impl IntoView {
///     let send = use_send_transaction();
///     let tip = move |_| send.mutate.run(SendTransaction::from(Call::transfer(artist, wei)));
///     view! { <button on:click=tip disabled=send.is_pending>"Tip the artist"</button> }
/// }
/// ```
#[must_use]
#[track_caller]
pub fn use_send_transaction() -> Mutation<SendTransaction, UserOpResponse> {
    let connection = use_smart_account().connection;
    Mutation::sending(connection, |client, request| async move {
        client?.send(request).await
    })
}
