use super::{Mutation, use_smart_account, warm_up::rehearse_key};
use crate::{CreateSession, SessionGrant};

/// Creates a session that may make [several calls in one operation](crate::UseSession), each under its own
/// policy. The owner signs once. This sets [`CreateSession::for_batches`] in every request.
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
/// use std::time::Duration;
/// use leptos::prelude::*;
/// use use_aa::{CreateSession, Policy, use_create_batch_session};
///
/// #[component]
/// fn Grant(approve: Policy, swap: Policy) -> impl IntoView {
///     let create = use_create_batch_session();
///     let hour = Duration::from_hours(1);
///     let request = move || CreateSession::new([approve.clone(), swap.clone()]).lasting(hour);
///     let grant = move |_| create.mutate.run(request());
///     view! { <button on:click=grant disabled=create.is_pending>"Allow swaps"</button> }
/// }
/// ```
#[must_use]
#[track_caller]
pub fn use_create_batch_session() -> Mutation<CreateSession, SessionGrant> {
    let connection = use_smart_account().connection;
    rehearse_key(connection);
    Mutation::sending(connection, |client, request: CreateSession| async move {
        client?.create_session(request.for_batches(true)).await
    })
}
