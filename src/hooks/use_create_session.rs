use super::{Mutation, use_smart_account, warm_up::rehearse_key};
use crate::{CreateSession, SessionGrant};

/// Creates a session: grants policies to a session key that stays in the store. The owner signs once, and the
/// session key signs the calls after that.
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
/// use use_aa::{CreateSession, Mutation, Payment, Policy, Request, use_create_session};
///
/// #[component]
/// fn Grant(policy: Policy) -> impl IntoView {
///     let Mutation { mutate, is_pending, error, .. } = use_create_session();
///     let hour = Duration::from_hours(1);
///     let request = move || CreateSession::new([policy.clone()]).lasting(hour).pay(Payment::Sponsored);
///     let grant = move |_| mutate.run(request());
///     view! {
///         <button on:click=grant disabled=is_pending>"Allow this page to mint"</button>
///         <p role="alert">{move || error.get().map(|error| error.to_string())}</p>
///     }
/// }
/// ```
#[must_use]
#[track_caller]
pub fn use_create_session() -> Mutation<CreateSession, SessionGrant> {
    let connection = use_smart_account().connection;
    rehearse_key(connection);
    Mutation::sending(connection, |client, request| async move {
        client?.create_session(request).await
    })
}
