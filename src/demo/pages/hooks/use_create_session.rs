use std::time::Duration;

use alloy::{primitives::Address, sol, sol_types::SolCall};
use leptos::prelude::*;
use use_aa::{CreateSession, Interval, Payment, Policy, Request, Rule, use_create_session};

use crate::demo::components::{Action, Field, Outcome};

sol! {
    function safeMint(address to);
}

/// The maximum lifetime of a session under the default guards, in minutes.
const DAY: u32 = 24 * 60;

/// Creates a session that may mint to the account alone, for a limited time.
#[component]
pub(crate) fn AllowMints(nft: Address, account: Address, payment: Payment) -> impl IntoView {
    let create = use_create_session();
    let minutes = RwSignal::new("60".to_owned());
    let lifetime = Signal::derive(move || {
        let minutes = minutes.with(|text| text.trim().parse::<u32>().ok())?;
        (1..=DAY)
            .contains(&minutes)
            .then(|| Duration::from_secs(60 * u64::from(minutes)))
    });
    let grant = move |replace: bool| {
        let Some(lifetime) = lifetime.get_untracked() else {
            return;
        };
        let policy = Policy::new(nft, safeMintCall::SELECTOR)
            .rule(Rule::equal(0, account))
            .interval(Interval::lasting(lifetime));
        let request = CreateSession::new([policy]).pay(payment);
        create.mutate.run(request.replace_unknown(replace));
    };

    view! {
        <p>"The key may mint to your account, send no coins along, and do nothing else."</p>
        <Field
            label="Minutes"
            value=minutes
            hint="How long the session lasts, in whole minutes: a day at most."
            is_wrong=Signal::derive(move || lifetime.get().is_none())
        />
        <div class="actions">
            <Action
                label="Create session"
                act=Callback::new(move |()| grant(false))
                is_busy=create.is_pending
                is_possible=Signal::derive(move || lifetime.get().is_some())
            />
        </div>
        <Outcome of=create replace=Callback::new(move |()| grant(true)) />
    }
}
