use leptos::prelude::*;
use use_aa::{UserOpHash, UserOpStatus, use_user_op_status_with};

use crate::demo::{
    components::{Long, instant, seconds},
    config::use_config,
    record::{Entry, Outcome, use_record},
};

/// An operation: the times of its steps, its gas and payer, and its transaction.
#[component]
pub(super) fn Operation(
    /// The operation, which is in the record.
    hash: UserOpHash,
) -> impl IntoView {
    let record = use_record();
    let entry = Memo::new(move |before: Option<&Option<Entry>>| {
        let found = record.entries().into_iter().find(|entry| entry.hash == hash);
        // The list removes a cleared entry after this.
        found.or_else(|| before.cloned().flatten())
    });
    if entry.with_untracked(|entry| entry.as_ref().is_some_and(|entry| entry.confirmed == 0)) {
        follow(hash);
    }
    let badge = move || match entry.get()?.outcome {
        Outcome::Pending => Some(("badge turning", "In flight")),
        Outcome::Included => Some(("badge", "Done")),
        Outcome::Reverted => Some(("badge soon", "Failed")),
        Outcome::Dropped => Some(("badge over", "Lost")),
        Outcome::Replaced => Some(("badge over", "Replaced")),
    };
    let of = move |read: fn(&Entry) -> Option<String>| {
        move || entry.with(|entry| entry.as_ref().and_then(read).unwrap_or_default())
    };
    let step = move |name: &'static str, time: fn(&Entry) -> u64| {
        let time = Memo::new(move |_| entry.with(|entry| entry.as_ref().map_or(0, time)));
        let is_late = move || name == "Included" && entry.with(|it| it.as_ref().is_some_and(|it| it.is_late));
        let text = move || match time.get() {
            0 => "–".to_owned(),
            second if is_late() => "by ".to_owned() + &instant(second),
            second => instant(second),
        };
        view! {
            <li class:reached=move || time.get() != 0>
                <span>{name}</span>
                <span translate="no" prop:textContent=text></span>
            </li>
        }
    };
    let long = |text: String| view! { <Long text /> };
    let transaction = move || {
        let hash = entry.get()?.transaction?.to_string();
        Some(match use_config().transaction_url(&hash) {
            Some(url) => view! {
                <a href=url target="_blank" rel="noreferrer">
                    {long(hash)}
                </a>
            }
            .into_any(),
            None => long(hash).into_any(),
        })
    };
    let signer = move || entry.get()?.session.map(|session| long(session.to_string()));
    let payer = move || entry.get()?.payer.map(|payer| long(payer.to_string()));
    view! {
        <li aria-label="Operation ".to_owned() + &hash.to_string()>
            <header>
                <h2 prop:textContent=of(|entry| Some(entry.label().to_owned()))></h2>
                <span class=move || badge().map(|it| it.0) prop:textContent=move || badge().map(|it| it.1)></span>
            </header>
            <ol class="timeline" aria-label="Timeline">
                {step("Signed", |entry| entry.signed)} {step("Sent", |entry| entry.sent)}
                {step("Included", |entry| entry.included)} {step("Confirmed", |entry| entry.confirmed)}
            </ol>
            <dl class="facts">
                <dt>"Gas"</dt>
                <dd translate="no" prop:textContent=of(gas)></dd>
                <dt>"Paid by"</dt>
                <dd>
                    <span prop:textContent=of(|entry| Some(paid_by(entry).to_owned()))></span>
                    {payer}
                </dd>
                <dt>"Signed by"</dt>
                <dd>
                    <span prop:textContent=of(|entry| {
                        Some(if entry.session.is_some() { "a session " } else { "your wallet" }.to_owned())
                    })></span>
                    {signer}
                </dd>
                <dt>"Operation"</dt>
                <dd>{long(hash.to_string())}</dd>
                <dt>"Transaction"</dt>
                <dd>{transaction}</dd>
            </dl>
        </li>
    }
}

fn gas(entry: &Entry) -> Option<String> {
    (!entry.gas.is_empty()).then(|| entry.cost.clone() + " coins for " + &entry.gas + " units")
}

fn paid_by(entry: &Entry) -> &'static str {
    match (entry.payer, entry.is_in_tokens) {
        _ if entry.transaction.is_none() => "–",
        (None, _) => "your account",
        (Some(_), true) => "your account, in tokens, through ",
        (Some(_), false) => "a sponsor ",
    }
}

/// Follows an operation until a block follows its own, and records its steps.
fn follow(hash: UserOpHash) {
    let (record, opened) = (use_record(), seconds());
    let status = use_user_op_status_with(hash, 2);
    Effect::new(move |_| match status.get() {
        Some(UserOpStatus::Included { receipt }) => record.included(&receipt, opened),
        Some(UserOpStatus::Confirmed { receipt, .. }) => {
            record.included(&receipt, opened);
            record.confirmed(hash);
        }
        Some(UserOpStatus::Dropped { .. }) => record.ended(hash, Outcome::Dropped),
        Some(UserOpStatus::Replaced { .. }) => record.ended(hash, Outcome::Replaced),
        _ => {}
    });
}
