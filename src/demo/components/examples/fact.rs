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
    let value = Memo::new(move |_| value.get());
    view! {
        <dt id=id.clone()>{name}</dt>
        <dd aria-labelledby=id>
            {move || {
                value
                    .get()
                    .map(|text| match text.as_bytes() {
                        [b'0', b'x', ..] => view! { <Long text /> }.into_any(),
                        [first, ..] => {
                            let translate = first.is_ascii_digit().then_some("no");
                            view! { <span translate=translate prop:textContent=text></span> }.into_any()
                        }
                        [] => ().into_any(),
                    })
            }}
        </dd>
    }
}
