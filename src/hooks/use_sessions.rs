use leptos::prelude::*;

use super::{Query, use_smart_account};
use crate::Sessions;

/// Returns all sessions of the account in the store, with the status of each, kept up to date.
///
/// The sessions are compared with the chain as soon as there is an account, when a session changes in this tab or
/// another, and every 15 s while the page is visible.
///
/// All components share one list, which is fetched only while one of those components is mounted.
///
/// On the server nothing is fetched: the signals are idle and `None`.
///
/// # Panics
///
/// Without a [`SmartAccountProvider`](super::SmartAccountProvider) above.
///
/// # Examples
///
/// ```
/// use leptos::prelude::*;
/// use use_aa::{Query, use_sessions};
///
/// #[component]
/// fn Sessions() -> impl IntoView {
///     let Query { data: sessions, .. } = use_sessions();
///     let line = |record: use_aa::SessionRecord| view! { <li>{format!("{} is {}", record.id(), record.status)}</li> };
///     view! {
///         <ul>{move || sessions.get().into_iter().flat_map(|it| it.all).map(line).collect_view()}</ul>
///     }
/// }
/// ```
#[must_use]
#[track_caller]
pub fn use_sessions() -> Query<Sessions> {
    let account = use_smart_account();
    let watching = account.watching_sessions;
    watching.update(|watching| *watching += 1);
    on_cleanup(move || {
        watching.try_update(|watching| *watching -= 1);
    });
    account.sessions
}
