use leptos::prelude::*;

use super::sentence;

/// An error message, with buttons for the possible next steps.
#[component]
pub(crate) fn Alert(
    /// The stable code, for tests and scripts: the text may be reworded.
    code: &'static str,
    /// The message.
    text: String,
    /// The buttons.
    #[prop(optional)]
    children: Option<Children>,
) -> impl IntoView {
    view! {
        <div class="alert" role="alert" data-code=code>
            <p prop:textContent=sentence(&text)></p>
            {children.map(|children| view! { <div class="next">{children()}</div> })}
        </div>
    }
}
