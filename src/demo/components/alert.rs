use leptos::prelude::*;

/// What went wrong, and buttons for what can be done about it.
#[component]
pub(crate) fn Alert(
    /// The reason.
    text: String,
    /// The buttons.
    #[prop(optional)]
    children: Option<Children>,
) -> impl IntoView {
    view! {
        <div class="alert" role="alert">
            <p>{text}</p>
            {children.map(|children| view! { <div class="next">{children()}</div> })}
        </div>
    }
}
