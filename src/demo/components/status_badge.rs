use leptos::prelude::*;
use use_aa::SessionStatus;

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
    let words = move || capitalised(&status.get().to_string());
    view! { <span class=class prop:textContent=words></span> }
}

fn capitalised(text: &str) -> String {
    let mut chars = text.chars();
    let first = chars.next().map(|first| first.to_ascii_uppercase());
    first.into_iter().chain(chars).collect()
}
