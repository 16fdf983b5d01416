use leptos::prelude::*;
use use_aa::{Payment, Request, RevokeSession, use_revoke_session};

use crate::demo::components::{Action, Outcome, PickSession};

/// Revokes one session or all sessions, with one wallet prompt.
#[component]
pub(crate) fn Revoke(payment: Payment) -> impl IntoView {
    let session = RwSignal::new(None);
    let revoke = use_revoke_session();
    let one = Callback::new(move |()| {
        if let Some(session) = session.get_untracked() {
            revoke.mutate.run(RevokeSession::new([session]).pay(payment));
        }
    });
    let all = Callback::new(move |()| revoke.mutate.run(RevokeSession::all().pay(payment)));

    view! {
        <PickSession value=session />
        <div class="actions">
            <Action
                label="Revoke"
                act=one
                is_busy=revoke.is_pending
                is_possible=Signal::derive(move || session.get().is_some())
            />
            <Action label="Revoke all" act=all is_busy=revoke.is_pending is_main=false />
        </div>
        <Outcome of=revoke />
    }
}
