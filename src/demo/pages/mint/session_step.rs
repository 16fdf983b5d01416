use leptos::prelude::*;
use use_aa::{
    CreateSession, Error, Request, SessionGrant, SessionStatus, use_create_session, use_smart_account,
};

use super::mint_session::MintSession;
use crate::demo::{
    components::{
        Action, ChosenKind, Failure, Outcome, Progress, StatusBadge, Step, moment, on_other_account,
        unless_said,
    },
    config::use_config,
    terms::{Sentence, Terms},
};

/// Step 2: grants permissions to a session key of this page.
#[component]
pub(super) fn SessionStep(
    /// The current session.
    session: MintSession,
    /// The error of reading the sessions.
    unread: Signal<Option<Error>>,
) -> impl IntoView {
    let account = use_smart_account();
    let create = use_create_session();
    let config = use_config();
    let (nft, payment) = (config.nft, config.payment());

    let unread = unless_said(unread, create.error);
    on_other_account(move || {
        create.reset.run(());
        session.signed.set(None);
    });
    let has_owner = Signal::derive(move || account.owner.with(Option::is_some));
    // The grant uses exactly the terms on screen, not those of a moment later.
    let kind = expect_context::<ChosenKind>().signal();
    let terms = Memo::new(move |_| {
        session.now.track();
        Terms::new(nft, account.address.get(), kind.get().most_mints())
    });
    let granted = StoredValue::new(None);
    let grant = move |replace: bool| {
        let terms = terms.get_untracked();
        granted.set_value(Some(terms.end()));
        let request = CreateSession::new([terms.policy()]).pay(payment);
        create.mutate.run(request.replace_unknown(replace));
    };
    // A grant without an operation can be used at once.
    Effect::new(move |_| {
        let is_signed = |granted: &Option<SessionGrant>| {
            granted
                .as_ref()
                .is_some_and(|granted| granted.user_op().is_none())
        };
        if create.data.with(is_signed) {
            session.signed.set(granted.get_value());
        }
    });
    let progress = Signal::derive(move || match (session.is_active.get(), has_owner.get()) {
        (true, _) => Progress::Done,
        (false, true) => Progress::Now,
        (false, false) => Progress::Later,
    });

    view! {
        <Step number=2 title="Grant a session, once" progress badge=move || view! { <Badge session /> }>
            <p>"A key that stays in this page may do this and nothing else, each time without asking:"</p>
            <ul class="terms">
                <For each=move || terms.get().describe() key=String::clone let(text)>
                    <li><p><Sentence text /></p></li>
                </For>
            </ul>
            <Standing session />
            <div class="actions">
                <Action
                    label="Create session"
                    act=Callback::new(move |()| grant(false))
                    is_busy=create.is_pending
                    is_possible=has_owner
                    is_main=Signal::derive(move || !session.is_active.get())
                />
            </div>
            <Outcome
                of=create
                preparing="Preparing. Your wallet asks you to sign once."
                replace=Callback::new(move |()| grant(true))
                included=session.all.refetch
            />
            <Failure error=unread retry=session.all.refetch />
        </Step>
    }
}

/// The status and expiry of the session.
#[component]
fn Badge(session: MintSession) -> impl IntoView {
    move || {
        let (status, end) = (session.status.get()?, moment(session.valid_until.get()?));
        let (class, text) = match status {
            SessionStatus::Active => ("badge", format!("Until {end}")),
            SessionStatus::Granted => ("badge", format!("Ready, until {end}")),
            SessionStatus::ExpiringSoon => ("badge soon", format!("Expiring soon, {end}")),
            SessionStatus::Expired => ("badge over", format!("Ended {end}")),
            // The title leaves room for this much.
            SessionStatus::AwaitingSignature => ("badge turning", "In your wallet".to_owned()),
            status => return Some(view! { <StatusBadge status /> }.into_any()),
        };
        Some(view! { <span class=class prop:textContent=text></span> }.into_any())
    }
}

/// The next step for a session that has expired or soon will, with a link to all sessions.
#[component]
fn Standing(session: MintSession) -> impl IntoView {
    let next = move || match session.status.get()? {
        SessionStatus::Granted => {
            Some("Your wallet has signed. The grant takes effect with your first mint.")
        }
        SessionStatus::ExpiringSoon => Some("Your session is about to end. Create another one to go on."),
        SessionStatus::Expired => Some("Your session has ended. Create another one to go on."),
        SessionStatus::Revoked => Some("Your session was revoked. Create another one to mint again."),
        SessionStatus::Superseded => Some(
            "Another device has replaced your session. Create another one: you are asked before that ends theirs.",
        ),
        _ => None,
    };
    view! {
        <p class="standing">
            <span aria-live="polite" prop:textContent=next></span> " " <a href="#/sessions">"See all sessions"</a>
        </p>
    }
}
