mod operation;

use leptos::prelude::*;
use use_aa::{use_pending_user_ops, use_smart_account};

use self::operation::Operation;
use crate::demo::{
    components::{Action, ChainNotice, Notice, Owner, SelectKind, ServicesFailure, SmartAccount},
    record::{Outcome, use_record},
};

/// The operations of the account, in flight and past, with the time of each step.
#[component]
pub(crate) fn Activity() -> impl IntoView {
    let account = use_smart_account();
    let record = use_record();
    let pending = use_pending_user_ops().data;
    Effect::new(move |_| {
        for op in pending.get().into_iter().flatten() {
            record.found(&op);
        }
    });
    let own = Memo::new(move |_| {
        let mut own = record.entries();
        own.retain(|entry| Some(entry.sender) == account.address.get());
        own
    });
    let ids = move || own.with(|own| own.iter().map(|entry| entry.hash).collect::<Vec<_>>());
    let in_flight = move || {
        own.with(|own| {
            own.iter()
                .filter(|entry| entry.outcome == Outcome::Pending)
                .count()
        })
    };
    let counts = move || {
        let (in_flight, spared) = (in_flight(), record.spared());
        let past = own.with(Vec::len) - in_flight;
        in_flight.to_string()
            + " in flight, "
            + &past.to_string()
            + " past. Wallet prompts spared by sessions: "
            + &spared.to_string()
            + "."
    };
    let is_empty = move || own.with(Vec::is_empty);
    let damaged = move || {
        (record.damaged() > 0).then(|| {
            let forget = Callback::new(move |()| record.forget_damaged());
            let text = "Some lines of this browser's record are damaged and were set aside. The operations below are not touched by that.";
            view! {
                <Notice code="notice.damaged_record" text=text.to_owned() />
                <div class="actions">
                    <Action label="Forget them" act=forget is_busy=Signal::default() is_main=false />
                </div>
            }
        })
    };
    view! {
        <main class="page activity">
            <h1>"Activity"</h1>
            <p class="lead">
                "What your account has done from this browser: when, for how much gas, and who paid."
            </p>
            <ChainNotice />
            <SmartAccount />
            <SelectKind />
            <Owner
                absent="Connect a wallet to see what its account has done."
                locked="Your wallet is locked or away. Its account's activity is shown all the same."
                ready="Your wallet owns this account."
            />
            <ServicesFailure />
            {damaged}
            <p class="counts" translate="no" prop:textContent=counts></p>
            <Show when=is_empty>
                <p>"Nothing yet. " <a href="#/">"Mint a flower"</a> ", and see here what becomes of it."</p>
            </Show>
            <ul class="entries" aria-label="Operations">
                <For each=ids key=|hash| *hash let(hash)>
                    <Operation hash />
                </For>
            </ul>
            <Show when=move || !is_empty()>
                <div class="actions">
                    <Action
                        label="Clear the list"
                        act=Callback::new(move |()| record.clear())
                        is_busy=Signal::default()
                        is_main=false
                    />
                </div>
            </Show>
        </main>
    }
}
