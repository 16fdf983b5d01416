use leptos::prelude::*;

/// A labelled text input.
#[component]
pub(crate) fn Field(
    /// The label.
    label: &'static str,
    /// The text.
    value: RwSignal<String>,
    /// The hint on the expected value.
    hint: &'static str,
    /// True when the value is not valid.
    #[prop(optional, into)]
    is_wrong: Signal<bool>,
) -> impl IntoView {
    let id = label.replace(' ', "-");
    let hint_id = format!("{id}-hint");
    view! {
        <p class="field">
            <label for=id.clone()>{label}</label>
            <input
                id=id
                type="text"
                autocomplete="off"
                spellcheck="false"
                bind:value=value
                aria-describedby=hint_id.clone()
                aria-invalid=move || is_wrong.get().to_string()
            />
            <small id=hint_id>{hint}</small>
        </p>
    }
}
