use leptos::prelude::*;
use use_aa::SessionStatus;

use super::sentence;

/// The status of a session in one or two words.
#[component]
pub(crate) fn StatusBadge(
    /// The status.
    #[prop(into)]
    status: Signal<SessionStatus>,
) -> impl IntoView {
    let class = move || match status.get() {
        SessionStatus::Active | SessionStatus::Granted => "badge",
        SessionStatus::ExpiringSoon => "badge soon",
        status if status.is_under_way() => "badge turning",
        _ => "badge over",
    };
    let words = move || sentence(&status.get().to_string());
    view! { <span class=class prop:textContent=words></span> }
}
