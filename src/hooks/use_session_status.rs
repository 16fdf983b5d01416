use leptos::prelude::*;

use super::use_sessions;
use crate::{SessionId, SessionStatus};

/// Returns the status of a session, kept up to date like [`use_sessions`]. The status is `None` until the sessions are
/// loaded, and for a session that is not in the store.
///
/// On the server the status is `None`.
///
/// # Panics
///
/// Without a [`SmartAccountProvider`](super::SmartAccountProvider) above.
///
/// # Examples
///
/// ```
/// use leptos::prelude::*;
/// use use_aa::{SessionId, use_session_status};
///
/// #[component]
/// fn Badge(session: SessionId) -> impl IntoView {
///     let status = use_session_status(Some(session));
///     move || status.get().map(|status| status.to_string())
/// }
/// ```
#[must_use]
#[track_caller]
pub fn use_session_status(session: impl Into<Signal<Option<SessionId>>>) -> Signal<Option<SessionStatus>> {
    let (sessions, id) = (use_sessions().data, session.into());
    Signal::derive(move || {
        let id = id.get()?;
        sessions.with(|sessions| {
            let mut records = sessions.as_ref()?.all.iter();
            Some(records.find(|record| record.id() == id)?.status)
        })
    })
}
