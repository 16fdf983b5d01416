use leptos::prelude::*;

/// A message that is no error. The code is of the area `notice`.
#[component]
pub(crate) fn Notice(
    /// The stable code, for tests and scripts: the text may be reworded.
    code: &'static str,
    /// The message.
    text: String,
) -> impl IntoView {
    view! {
        <p class="notice" role="note" data-code=code prop:textContent=text></p>
    }
}
