use leptos::{ev, prelude::*};
use leptos_use_event_listener::use_event_listener;

use super::Notice;
use crate::demo::{pages::use_is_lost, record::storage};

/// Notices about the browser and the link: offline, without storage, a page that the dapp does not have.
#[component]
pub(crate) fn Conditions() -> impl IntoView {
    let connected = RwSignal::new(is_online());
    let _stop = use_event_listener(window(), ev::online, move |_| connected.set(true));
    let _stop = use_event_listener(window(), ev::offline, move |_| connected.set(false));
    let is_lost = use_is_lost();
    let notice = |code, text: &str| view! { <Notice code text=text.to_owned() /> };
    view! {
        <aside class="conditions" aria-label="Notices">
            {storage()
                .is_none()
                .then(|| notice(
                    "notice.no_storage",
                    "This browser keeps nothing for this page, so a session could not be kept. Allow cookies and site data for it, and load the page again.",
                ))}
            <Show when=move || is_lost.get()>
                {notice("notice.no_such_page", "The link that you followed names a page that is not here any longer. This is the first page.")}
            </Show>
        </aside>
        <Show when=move || !connected.get()>
            <aside class="overlay" aria-label="Connection">
                {notice("notice.offline", "You are offline. Nothing is lost: what is under way goes on, and this page goes on as soon as you are connected again.")}
            </aside>
        </Show>
    }
}

/// A notice that answers are slow. The style sheet shows the notice after some seconds.
#[component]
pub(crate) fn Slow(
    /// True while an answer is awaited.
    is_busy: Signal<bool>,
) -> impl IntoView {
    view! {
        <Show when=move || is_busy.get()>
            <div class="overlay slow">
                <Notice code="notice.slow" text="The chain answers slowly. You need not do anything: this page goes on as soon as it answers.".to_owned() />
            </div>
        </Show>
    }
}

/// Returns false if the browser knows that it has no network.
pub(crate) fn is_online() -> bool {
    window().navigator().on_line()
}
