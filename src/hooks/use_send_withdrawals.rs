use super::{Mutation, use_smart_account};
use crate::{UserOpResponse, Withdraw};

/// Withdraws assets from the account to its owner or another recipient, in one operation.
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
/// use use_aa::{Asset, Withdraw, use_send_withdrawals};
///
/// #[component]
/// fn Empty() -> impl IntoView {
///     let withdraw = use_send_withdrawals();
///     let go = move |_| withdraw.mutate.run(Withdraw::new().all(Asset::Native));
///     view! { <button on:click=go disabled=withdraw.is_pending>"Withdraw everything"</button> }
/// }
/// ```
#[must_use]
#[track_caller]
pub fn use_send_withdrawals() -> Mutation<Withdraw, UserOpResponse> {
    let connection = use_smart_account().connection;
    Mutation::sending(connection, |client, request| async move {
        client?.withdraw(request).await
    })
}
