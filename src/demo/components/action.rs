use leptos::prelude::*;

/// A button that does something which takes its time.
#[component]
pub(crate) fn Action(
    /// What it does.
    label: &'static str,
    /// Does it.
    act: Callback<()>,
    /// Whether it is being done.
    is_busy: Signal<bool>,
    /// Whether it can be done.
    #[prop(default = true.into())]
    is_possible: Signal<bool>,
    /// Whether it is what one does next.
    #[prop(into, default = true.into())]
    is_main: Signal<bool>,
) -> impl IntoView {
    view! {
        <button
            type="button"
            class:main=is_main
            disabled=move || is_busy.get() || !is_possible.get()
            aria-busy=move || is_busy.get().to_string()
            on:click=move |_| act.run(())
        >
            {label}
        </button>
    }
}
