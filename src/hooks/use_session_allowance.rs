use std::time::Duration;

use leptos::prelude::*;

use super::{Query, use_smart_account};
use crate::{Allowance, SessionId};

/// Returns what is left of each limit of a session, read from the chain.
///
/// The allowances are fetched as soon as there are a session and an account, again when an operation or a session
/// changes in this tab or another, and every 15 s while the page is visible. A session without limits has an empty list,
/// and a session that the chain does not grant an error.
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
/// use use_aa::{Allowance, Query, SessionId, use_session_allowance};
///
/// #[component]
/// fn Left(session: SessionId) -> impl IntoView {
///     let Query { data: allowances, .. } = use_session_allowance(Some(session));
///     let line = |allowance: Allowance| view! { <li>{format!("{}: {} left", allowance.limit, allowance.left)}</li> };
///     view! { <ul>{move || allowances.get().into_iter().flatten().map(line).collect_view()}</ul> }
/// }
/// ```
#[must_use]
#[track_caller]
pub fn use_session_allowance(session: impl Into<Signal<Option<SessionId>>>) -> Query<Vec<Allowance>> {
    let (account, session) = (use_smart_account(), session.into());
    let connection = account.connection;
    let query = Query::new(
        move || Some((account.on_chain()?, session.get()?)),
        move |(_, session)| async move { connection.client()?.session_allowance(session).await },
    );
    query.refetching().at_interval(Duration::from_secs(15));
    query.refetching().on_change(connection);
    query
}
