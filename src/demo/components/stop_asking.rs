use leptos::prelude::*;

/// A button that cancels an action while the wallet is asked for a signature.
#[component]
pub(crate) fn StopAsking(
    /// True while the wallet is asked.
    #[prop(into)]
    is_asking: Signal<bool>,
    /// Cancels the action.
    cancel: Callback<()>,
) -> impl IntoView {
    view! {
        <Show when=move || is_asking.get()>
            <button class="small" type="button" on:click=move |_| cancel.run(())>
                "Cancel"
            </button>
        </Show>
    }
}
