use std::time::Duration;

use leptos::prelude::*;

use super::{Query, UseSmartAccount, use_smart_account};
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
    let SharedSessions { query, watching } = account.sessions.get(|| SharedSessions::new(account));
    watching.update(|watching| *watching += 1);
    on_cleanup(move || {
        watching.try_update(|watching| *watching -= 1);
    });
    query
}

/// The query that all components with the sessions share, and the number of these components.
#[derive(Clone, Copy)]
pub(super) struct SharedSessions {
    query: Query<Sessions>,
    watching: RwSignal<usize>,
}

impl SharedSessions {
    fn new(account: UseSmartAccount) -> Self {
        let connection = account.connection;
        let watching = RwSignal::new(0_usize);
        let query = Query::new(
            move || account.on_chain(),
            move |_| async move { connection.client()?.sessions().await },
        );
        let query = query.enabled(Signal::derive(move || watching.get() > 0));
        query.refetching().at_interval(Duration::from_secs(15));
        query.refetching().on_change(connection);
        Self { query, watching }
    }
}
