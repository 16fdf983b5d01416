use leptos::prelude::*;
use use_aa::{
    Error, ErrorKind, Query, Request, RevokeSession, SessionId, SessionRecord, Sessions, use_revoke_session,
};

use crate::demo::{
    components::{Action, Outcome, on_other_account},
    config::use_config,
};

/// Revokes the selected sessions, or all.
#[component]
pub(super) fn Several(
    /// The sessions of the account.
    sessions: Query<Sessions>,
    /// The selected sessions, including those that have ended since.
    selected: RwSignal<Vec<SessionId>>,
    /// True when the owner's wallet is connected.
    has_owner: Memo<bool>,
) -> impl IntoView {
    let revoke = use_revoke_session();
    let payment = use_config().payment();
    on_other_account(move || {
        revoke.reset.run(());
        selected.set(Vec::new());
    });
    let active = Memo::new(move |_| {
        sessions.data.with(|sessions| {
            let all = sessions.iter().flat_map(|sessions| &sessions.all);
            let active = all.filter(|record| record.status.is_granted());
            active.map(SessionRecord::id).collect::<Vec<_>>()
        })
    });
    let chosen = Memo::new(move |_| {
        let mut chosen = selected.get();
        active.with(|active| chosen.retain(|id| active.contains(id)));
        chosen
    });
    let has_any = Memo::new(move |_| {
        let is_elsewhere = sessions
            .data
            .with(|sessions| sessions.as_ref().is_some_and(|it| it.untracked > 0));
        // If the store cannot be read, the chain may still hold sessions.
        let is_unread = sessions
            .error
            .with(|error| matches!(error.as_ref().map(Error::kind), Some(ErrorKind::Store(_))));
        is_elsewhere || is_unread || active.with(|active| !active.is_empty())
    });
    let some = move |replace: bool| {
        let request = RevokeSession::new(chosen.get_untracked()).pay(payment);
        revoke.mutate.run(request.replace_unknown(replace));
    };
    let all = Callback::new(move |()| revoke.mutate.run(RevokeSession::all().pay(payment)));

    view! {
        <Show when=move || has_any.get()>
            <div class="actions">
                <Action
                    label="Revoke selected"
                    act=Callback::new(move |()| some(false))
                    is_busy=revoke.is_pending
                    is_possible=Signal::derive(move || has_owner.get() && chosen.with(|chosen| !chosen.is_empty()))
                    is_main=false
                />
                <Action
                    label="End all sessions"
                    act=all
                    is_busy=revoke.is_pending
                    is_possible=has_owner.into()
                    is_main=false
                />
            </div>
        </Show>
        <Outcome of=revoke replace=Callback::new(move |()| some(true)) />
    }
}
