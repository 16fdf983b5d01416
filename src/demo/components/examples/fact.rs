use leptos::prelude::*;

use crate::demo::components::Long;

/// A term with its value in a `<dl class="facts">`.
#[component]
pub(crate) fn Fact(
    /// The term.
    name: &'static str,
    /// The value.
    #[prop(into)]
    value: Signal<Option<String>>,
) -> impl IntoView {
    let id = name.replace(' ', "-");
    view! {
        <dt id=id.clone()>{name}</dt>
        <dd aria-labelledby=id>
            {move || match value.get() {
                Some(text) if text.starts_with("0x") => view! { <Long text /> }.into_any(),
                text => text.into_any(),
            }}
        </dd>
    }
}
