use leptos::prelude::*;
use use_aa::{SessionId, SessionRecord, use_sessions};

use crate::demo::components::Failure;

/// A selection of one session from the store; the newest is preselected.
#[component]
pub(crate) fn PickSession(
    /// The selected session.
    value: RwSignal<Option<SessionId>>,
) -> impl IntoView {
    let sessions = use_sessions();
    let newest_first = move || {
        let all = sessions.data.get().map(|sessions| sessions.all);
        all.unwrap_or_default().into_iter().rev().collect::<Vec<_>>()
    };
    Effect::new(move |_| {
        let all = newest_first();
        let is_there = |id| all.iter().any(|record| record.id() == id);
        if !value.get_untracked().is_some_and(is_there) {
            value.set(all.first().map(SessionRecord::id));
        }
    });
    let option = move |record: SessionRecord| {
        let id = record.id();
        view! {
            <option
                value=id.to_string()
                selected=move || value.get() == Some(id)
                translate="no"
                prop:textContent=format!("{id}: {}", record.status)
            ></option>
        }
    };
    let choose = move |event| value.set(event_target_value(&event).parse().ok());
    let is_empty = move || sessions.is_success.get() && newest_first().is_empty();

    view! {
        <p class="field">
            <label for="Session">"Session"</label>
            <select id="Session" aria-describedby="Session-hint" on:change=choose>
                {move || newest_first().into_iter().map(option).collect_view()}
            </select>
            <small id="Session-hint">"The address of its key, and how far it has come."</small>
        </p>
        <Show when=is_empty>
            <p role="status">
                "No session is known here: " <a href="#/hooks/use_create_session">"create one"</a> " first."
            </p>
        </Show>
        <Failure error=sessions.error retry=sessions.refetch />
    }
}
