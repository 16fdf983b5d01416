use leptos::prelude::*;
use use_aa::{SessionRecord, use_sessions};

use crate::demo::components::{Fact, Failure, Long, StatusBadge};

/// Lists the sessions in the store, newest first, with the number of unknown sessions on chain.
#[component]
pub(crate) fn SessionList() -> impl IntoView {
    let sessions = use_sessions();
    let known = move || {
        sessions
            .data
            .get()
            .map(|sessions| sessions.all)
            .unwrap_or_default()
    };
    let count = move |count: fn(&use_aa::Sessions) -> String| {
        Signal::derive(move || sessions.data.with(|sessions| sessions.as_ref().map(count)))
    };

    let row = |record: SessionRecord| {
        let key = match record.has_key {
            true => "Its key is kept here.",
            false => "Its key is not kept here.",
        };
        view! {
            <li>
                <p>
                    <Long text=record.id().to_string() />
                    <small prop:textContent=key></small>
                </p>
                <StatusBadge status=record.status />
            </li>
        }
    };

    view! {
        <ul class="wallets" aria-label="Sessions">
            {move || known().into_iter().rev().map(row).collect_view()}
        </ul>
        <dl class="facts" aria-busy=move || sessions.is_fetching.get().to_string()>
            <Fact name="Usable now" value=count(|it| it.active().len().to_string()) />
            <Fact name="Elsewhere, at most" value=count(|it| it.untracked.to_string()) />
            <Fact name="Damaged entries" value=count(|it| it.damaged.to_string()) />
        </dl>
        <Failure error=sessions.error retry=sessions.refetch />
        <div class="actions">
            <button
                type="button"
                disabled=sessions.is_fetching
                on:click=move |_| sessions.refetch.run(())
            >
                "Ask again"
            </button>
        </div>
    }
}
