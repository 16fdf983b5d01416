use leptos::prelude::*;

/// What went wrong, and buttons for what can be done about it.
#[component]
pub(crate) fn Alert(
    /// The stable code, for tests and scripts: the text may be reworded.
    code: &'static str,
    /// The reason.
    text: String,
    /// The buttons.
    #[prop(optional)]
    children: Option<Children>,
) -> impl IntoView {
    view! {
        <div class="alert" role="alert" data-code=code>
            <p>{text}</p>
            {children.map(|children| view! { <div class="next">{children()}</div> })}
        </div>
    }
}
