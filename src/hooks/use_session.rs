use super::{Mutation, use_smart_account};
use crate::{UseSession, UserOpResponse};

/// Makes one call, or several in one operation, that a session key signs. No wallet is needed, and the user is not
/// prompted.
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
/// use use_aa::{Call, Mutation, Query, UseSession, use_session, use_user_op_wait};
///
/// #[component]
/// fn Mint(call: Call) -> impl IntoView {
///     let Mutation { mutate, data: sent, is_pending, .. } = use_session();
///     let Query { data: receipt, .. } = use_user_op_wait(sent);
///     let mint = move |_| mutate.run(UseSession::new(call.clone()));
///     view! {
///         <button on:click=mint disabled=is_pending>"Mint"</button>
///         <p role="status">{move || receipt.get().map(|receipt| receipt.transaction.hash.to_string())}</p>
///     }
/// }
/// ```
#[must_use]
#[track_caller]
pub fn use_session() -> Mutation<UseSession, UserOpResponse> {
    let connection = use_smart_account().connection;
    Mutation::sending(connection, |client, request| async move {
        client?.use_session(request).await
    })
}
