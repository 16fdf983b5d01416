use leptos::prelude::*;

/// A text that the user gives.
#[component]
pub(crate) fn Field(
    /// What it is.
    label: &'static str,
    /// The text.
    value: RwSignal<String>,
    /// What may stand there.
    hint: &'static str,
    /// Whether what stands there cannot be used.
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
