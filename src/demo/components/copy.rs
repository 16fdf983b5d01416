use std::time::Duration;

use leptos::{prelude::*, task::spawn_local};
use wasm_bindgen_futures::JsFuture;

/// A button that copies a text.
#[component]
pub(crate) fn Copy(
    /// The text.
    text: String,
    /// What it is, for those who only hear the button.
    what: &'static str,
) -> impl IntoView {
    const SHOWN: Duration = Duration::from_secs(2);

    let label = RwSignal::new("Copy");
    let copy = move |_| {
        // Browsers have no clipboard for pages that come over plain http from elsewhere.
        let copied = window()
            .is_secure_context()
            .then(|| JsFuture::from(window().navigator().clipboard().write_text(&text)));
        spawn_local(async move {
            let is_copied = match copied {
                Some(copied) => copied.await.is_ok(),
                None => false,
            };
            let said = if is_copied { "Copied" } else { "Not allowed" };
            label.try_set(said);
            set_timeout(
                move || {
                    label.try_set("Copy");
                },
                SHOWN,
            );
        });
    };
    view! {
        <button
            class="small"
            type="button"
            aria-label=move || format!("{} {what}", label.get())
            on:click=copy
        >
            {label}
        </button>
    }
}
