use leptos::prelude::*;

/// An address or a hash. On narrow screens the middle is hidden visually; the text stays complete for copying and
/// screen readers.
#[component]
pub(crate) fn Long(
    /// The whole text.
    text: String,
) -> impl IntoView {
    let (head, tail) = text.split_at(text.len().saturating_sub(6));
    let (head, tail) = (head.to_owned(), tail.to_owned());
    view! {
        <code class="long" title=text translate="no">
            <span prop:textContent=head></span>
            <span prop:textContent=tail></span>
        </code>
    }
}
