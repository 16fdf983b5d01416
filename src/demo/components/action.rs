use leptos::{html, prelude::*};

/// A button for an asynchronous action.
#[component]
pub(crate) fn Action(
    /// The text of the button.
    label: &'static str,
    /// Runs the action.
    act: Callback<()>,
    /// True while the action runs.
    is_busy: Signal<bool>,
    /// False disables the button.
    #[prop(default = true.into())]
    is_possible: Signal<bool>,
    /// True for the primary action of the page.
    #[prop(into, default = true.into())]
    is_main: Signal<bool>,
) -> impl IntoView {
    // A button loses the focus when it is disabled.
    let button = NodeRef::<html::Button>::new();
    Effect::new(move |was_busy: Option<bool>| {
        let is_free = document()
            .active_element()
            .is_none_or(|element| element.tag_name() == "BODY");
        let is_busy = is_busy.get();
        if was_busy == Some(true) && !is_busy && is_free {
            request_animation_frame(move || {
                if let Some(button) = button.try_get_untracked().flatten() {
                    let _ = button.focus();
                }
            });
        }
        is_busy
    });
    view! {
        <button
            node_ref=button
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
