use leptos::prelude::*;

use super::use_sessions;
use crate::{Call, Verdict};

/// Checks whether a session allows a call, before anything is sent. If no session allows the call, the verdict names
/// the policy and the rule that forbid the call.
///
/// The verdict follows the call and the sessions of [`use_sessions`], and is `None` while there is no call or the
/// sessions are not loaded.
///
/// On the server the verdict is `None`.
///
/// # Panics
///
/// Without a [`SmartAccountProvider`](super::SmartAccountProvider) above.
///
/// # Examples
///
/// ```
/// use leptos::prelude::*;
/// use use_aa::{Call, Verdict, use_session_allows};
///
/// #[component]
/// fn Mint(call: Call) -> impl IntoView {
///     let verdict = use_session_allows(Signal::derive(move || Some(call.clone())));
///     let needs_owner = move || !verdict.get().is_some_and(|verdict| verdict.is_allowed());
///     view! { <button>{move || if needs_owner() { "Mint with your wallet" } else { "Mint" }}</button> }
/// }
/// ```
#[must_use]
#[track_caller]
pub fn use_session_allows(call: impl Into<Signal<Option<Call>>>) -> Signal<Option<Verdict>> {
    let (sessions, call) = (use_sessions().data, call.into());
    Signal::derive(move || {
        let call = call.get()?;
        sessions.with(|sessions| Some(sessions.as_ref()?.allow(&call)))
    })
}
