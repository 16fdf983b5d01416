use std::time::Duration;

use leptos::{prelude::*, task::spawn_local};
use wasm_bindgen_futures::JsFuture;

/// A button that copies a text to the clipboard.
#[component]
pub(crate) fn Copy(
    /// The text.
    text: String,
    /// The name of the text, for screen readers.
    what: &'static str,
) -> impl IntoView {
    const SHOWN: Duration = Duration::from_secs(2);

    // The result of the copy, shown for `SHOWN` after a click.
    let outcome = RwSignal::new(None);
    let label = move || match outcome.get() {
        None => "Copy",
        Some(true) => "Copied",
        Some(false) => "Not allowed",
    };
    let code = move || (outcome.get() == Some(false)).then_some("clipboard.not_allowed");
    let copy = move |_| {
        // Browsers offer the clipboard only in secure contexts, so not over plain http from another host.
        let copied = window()
            .is_secure_context()
            .then(|| JsFuture::from(window().navigator().clipboard().write_text(&text)));
        spawn_local(async move {
            let is_copied = match copied {
                Some(copied) => copied.await.is_ok(),
                None => false,
            };
            outcome.try_set(Some(is_copied));
            set_timeout(
                move || {
                    outcome.try_set(None);
                },
                SHOWN,
            );
        });
    };
    view! {
        <button
            class="small"
            type="button"
            aria-label=move || format!("{} {what}", label())
            data-code=code
            on:click=copy
            prop:textContent=label
        ></button>
    }
}
