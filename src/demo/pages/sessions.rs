mod entry;
mod left;
mod notices;
mod several;

use std::cmp::Reverse;

use leptos::prelude::*;
use use_aa::{SessionId, SessionRecord, use_pending_user_ops, use_sessions, use_smart_account};

use self::{entry::Entry, notices::Notices, several::Several};
use crate::demo::components::{ChainNotice, Failure, Owner, SelectKind, ServicesFailure, SmartAccount};

/// The list of sessions with their permissions and expiry, and buttons to renew or revoke them.
#[component]
pub(crate) fn Sessions() -> impl IntoView {
    let account = use_smart_account();
    let sessions = use_sessions();
    // Tracks pending operations, so that grants sent before a reload are settled.
    let _followed = use_pending_user_ops();
    let has_owner = Memo::new(move |_| account.owner.with(Option::is_some));
    let selected = RwSignal::new(Vec::new());
    let ids = move || {
        let all = sessions.data.get().map(|sessions| sessions.all);
        in_order(all.unwrap_or_default())
    };
    let is_empty = move || {
        sessions
            .data
            .with(|sessions| sessions.as_ref().is_some_and(|it| it.all.is_empty()))
    };
    view! {
        <main class="page sessions">
            <h1>"Sessions"</h1>
            <p class="lead">
                "What a key may do for your account without asking, and until when. The chain has the last word: what you see here is compared with what it holds."
            </p>
            <ChainNotice />
            <SmartAccount />
            <SelectKind />
            <Owner
                absent="Connect a wallet to see the sessions of its account."
                locked="It is locked or away. Connect your wallet to renew or revoke a session."
                ready="Your wallet can renew or revoke each session."
            />
            <ServicesFailure said=sessions.error />
            <Failure error=sessions.error retry=sessions.refetch />
            <Notices sessions />
            <Several sessions selected has_owner />
            <Show when=is_empty>
                <p>"No session is known in this browser. " <a href="#/">"Create one"</a> " to mint without a prompt."</p>
            </Show>
            <ul class="entries" aria-label="Your sessions">
                <For each=ids key=|id| *id let(id)>
                    <Entry id sessions=sessions.data selected has_owner />
                </For>
            </ul>
        </main>
    }
}

/// Sorts granted sessions first, then pending ones, then ended ones, each newest first.
fn in_order(all: Vec<SessionRecord>) -> Vec<SessionId> {
    let mut all = all.into_iter().rev().collect::<Vec<_>>();
    all.sort_by_key(|record| Reverse((record.status.is_granted(), record.status.is_under_way())));
    all.iter().map(SessionRecord::id).collect()
}
