use std::time::Duration;

use leptos::prelude::*;
use use_aa::{Payment, RenewSession, Request, use_renew_session};

use crate::demo::components::{Action, Field, Outcome, PickSession};

/// The maximum lifetime of a session under the default guards, in minutes.
const DAY: u32 = 24 * 60;

/// Renews a session with a new key and a lifetime in minutes from now.
#[component]
pub(crate) fn Renew(payment: Payment) -> impl IntoView {
    let session = RwSignal::new(None);
    let minutes = RwSignal::new("60".to_owned());
    let lifetime = Signal::derive(move || {
        let minutes = minutes.with(|text| text.trim().parse::<u32>().ok())?;
        (1..=DAY)
            .contains(&minutes)
            .then(|| Duration::from_secs(60 * u64::from(minutes)))
    });
    let renew = use_renew_session();
    let go = move |replace: bool| {
        if let (Some(session), Some(lifetime)) = (session.get_untracked(), lifetime.get_untracked()) {
            let request = RenewSession::new(session).lasting(lifetime).pay(payment);
            renew.mutate.run(request.replace_unknown(replace));
        }
    };

    view! {
        <PickSession value=session />
        <Field
            label="Minutes"
            value=minutes
            hint="How long it lasts from now on, in whole minutes: a day at most."
            is_wrong=Signal::derive(move || lifetime.get().is_none())
        />
        <div class="actions">
            <Action
                label="Renew"
                act=Callback::new(move |()| go(false))
                is_busy=renew.is_pending
                is_possible=Signal::derive(move || session.get().is_some() && lifetime.get().is_some())
            />
        </div>
        <Outcome of=renew replace=Callback::new(move |()| go(true)) />
    }
}
