use leptos::prelude::*;

/// Goes to the pages of the hooks, which are a download of their own: whoever mints need not wait for them.
#[component]
pub(crate) fn Hooks() -> impl IntoView {
    let there = format!("hooks.html{}", location().hash().unwrap_or_default());
    let _ = location().replace(&there);
    view! {
        <main class="page alone">
            <a href=there>"Hooks"</a>
        </main>
    }
}
