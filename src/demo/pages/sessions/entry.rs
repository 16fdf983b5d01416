use leptos::prelude::*;
use use_aa::{
    RenewSession, Request, RevokeSession, SessionId, SessionRecord, SessionStatus, Sessions,
    use_renew_session, use_revoke_session,
};

use super::left::Left;
use crate::demo::{
    components::{Action, Copy, Long, Outcome, StatusBadge, Used, moment},
    config::use_config,
    terms::{Granted, has_limits},
};

/// A session with its name, permissions, status and actions.
#[component]
pub(super) fn Entry(
    /// The id of the session.
    id: SessionId,
    /// The sessions of the account.
    sessions: Signal<Option<Sessions>>,
    /// The selected sessions.
    selected: RwSignal<Vec<SessionId>>,
    /// True when the owner's wallet is connected.
    has_owner: Memo<bool>,
) -> impl IntoView {
    let record = Memo::new(move |_| {
        sessions.with(|sessions| {
            let mut all = sessions.iter().flat_map(|sessions| &sessions.all);
            all.find(|record| record.id() == id).cloned()
        })
    });
    let status = Memo::new(move |_| record.with(|record| Some(record.as_ref()?.status)));
    let is_granted = Memo::new(move |_| status.get().is_some_and(SessionStatus::is_granted));
    let is_limited = Memo::new(move |_| {
        is_granted.get() && record.with(|record| record.as_ref().is_some_and(|it| has_limits(&it.session)))
    });
    let label = format!("Select the session {id}");
    let tick = move |event| {
        let is_ticked = event_target_checked(&event);
        selected.update(|selected| {
            selected.retain(|other| *other != id);
            selected.extend(is_ticked.then_some(id));
        });
    };
    view! {
        <li class:ended=move || !is_granted.get() aria-label=format!("Session {id}")>
            <header>
                <Show when=move || is_granted.get()>
                    <input
                        type="checkbox"
                        aria-label=label.clone()
                        prop:checked=move || selected.with(|selected| selected.contains(&id))
                        disabled=move || !has_owner.get()
                        on:change=tick
                    />
                </Show>
                <Long text=id.to_string() />
                <Copy text=id.to_string() what="session" />
                {move || status.get().map(|status| view! { <StatusBadge status /> })}
            </header>
            <p prop:textContent=move || record.with(|record| record.as_ref().map(when))></p>
            <Used session=Some(id) />
            <Show when=move || is_limited.get()>
                <Left id />
            </Show>
            <Show when=move || is_granted.get()>
                {move || record.get().map(|record| view! { <Granted session=record.session /> })}
            </Show>
            <Acts id status has_owner />
        </li>
    }
}

/// Describes the expiry of a session, and the reason that it cannot be used here, if there is one.
fn when(record: &SessionRecord) -> String {
    let end = record.valid_until().map(moment);
    let begins = record
        .session
        .permissions
        .iter()
        .map(|permission| permission.interval().valid_after);
    let begin = moment(begins.min().unwrap_or_default());
    let when = match (record.status, end) {
        (SessionStatus::Scheduled, Some(end)) => format!("From {begin} until {end}."),
        (SessionStatus::Scheduled, None) => format!("From {begin} on, without an end."),
        (SessionStatus::Expired, Some(end)) => format!("It ended {end}."),
        (status, Some(end)) if status.is_active() || status.is_under_way() => format!("Until {end}."),
        (status, None) if status.is_active() || status.is_under_way() => "Without an end.".to_owned(),
        (SessionStatus::Revoked, _) => {
            "The owner has ended it. The chain takes nothing more from its key.".to_owned()
        }
        (SessionStatus::Superseded, _) => {
            "Another device has set sessions of its own in its place. Renewing it ends those.".to_owned()
        }
        (SessionStatus::Draft, _) => "It was never sent, as when the page is closed too early.".to_owned(),
        _ => "Its grant did not reach the chain. It never could do anything.".to_owned(),
    };
    match record.status.is_granted() && !record.has_key {
        true => format!("{when} Its key is not kept here."),
        false => when,
    }
}

/// The actions for a session, with their results.
#[component]
fn Acts(id: SessionId, status: Memo<Option<SessionStatus>>, has_owner: Memo<bool>) -> impl IntoView {
    let payment = use_config().payment();
    let revoke = use_revoke_session();
    let renew = use_renew_session();
    let end = move |replace: bool| {
        let request = RevokeSession::new([id]).pay(payment);
        revoke.mutate.run(request.replace_unknown(replace));
    };
    let go_on = move |replace: bool| {
        let request = RenewSession::new(id).pay(payment);
        renew.mutate.run(request.replace_unknown(replace));
    };
    let can_renew = move || {
        status.get().is_some_and(|status| {
            status.is_granted() || matches!(status, SessionStatus::Expired | SessionStatus::Superseded)
        })
    };
    let can_revoke = move || status.get().is_some_and(SessionStatus::is_granted);
    view! {
        <div class="actions">
            <Show when=can_renew>
                <Action
                    label="Renew"
                    act=Callback::new(move |()| go_on(false))
                    is_busy=renew.is_pending
                    is_possible=has_owner.into()
                    is_main=Signal::derive(move || status.get() == Some(SessionStatus::ExpiringSoon))
                />
            </Show>
            <Show when=can_revoke>
                <Action label="Revoke" act=Callback::new(move |()| end(false)) is_busy=revoke.is_pending is_possible=has_owner.into() is_main=false />
            </Show>
        </div>
        <Outcome of=renew replace=Callback::new(move |()| go_on(true)) />
        <Outcome of=revoke replace=Callback::new(move |()| end(true)) />
    }
}
