use leptos::{html, prelude::*};

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
