use leptos::prelude::*;

/// Something to know that is no error. Its code is of the area `notice`.
#[component]
pub(crate) fn Notice(
    /// The stable code, for tests and scripts: the text may be reworded.
    code: &'static str,
    /// What there is to know.
    text: String,
) -> impl IntoView {
    view! {
        <p class="notice" role="note" data-code=code>
            {text}
        </p>
    }
}
