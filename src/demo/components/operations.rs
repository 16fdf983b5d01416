use leptos::prelude::*;
use use_aa::{Query, UserOpHash, UserOpReceipt, UserOpResponse, use_user_op_wait};

use super::{Alert, Failure, Long, on_other_account};
use crate::demo::config::use_config;

/// One line for each of the latest operations of a kind: what has become of it.
#[component]
pub(crate) fn Operations(
    /// Whether one is being prepared.
    is_pending: Signal<bool>,
    /// The latest one that was sent.
    latest: Signal<Option<UserOpResponse>>,
    /// What to say of one that is being prepared.
    preparing: &'static str,
    /// Those that were sent and are not on the chain yet.
    #[prop(optional)]
    under_way: RwSignal<Vec<UserOpHash>>,
    /// Told when one is on the chain.
    #[prop(optional_no_strip, into)]
    included: Option<Callback<()>>,
) -> impl IntoView {
    const SHOWN: usize = 3;

    let sent = RwSignal::new(Vec::new());
    Effect::new(move |_| {
        let Some(hash) = latest.get().map(UserOpHash::from) else {
            return;
        };
        let mut all = sent.get_untracked();
        all.insert(0, hash);
        let forgotten = all.split_off(SHOWN.min(all.len()));
        under_way.update(|hashes| {
            hashes.push(hash);
            hashes.retain(|hash| !forgotten.contains(hash));
        });
        sent.set(all);
    });
    on_other_account(move || {
        sent.set(Vec::new());
        under_way.set(Vec::new());
    });
    view! {
        <ul class="operations" aria-live="polite">
            <Show when=move || is_pending.get()>
                <li>
                    <p role="status" class="turning">
                        {preparing}
                    </p>
                </li>
            </Show>
            <For each=move || sent.get() key=|hash| *hash let(hash)>
                <Sent hash under_way included />
            </For>
        </ul>
    }
}

/// An operation from the moment it was sent.
#[component]
fn Sent(
    hash: UserOpHash,
    under_way: RwSignal<Vec<UserOpHash>>,
    included: Option<Callback<()>>,
) -> impl IntoView {
    let Query {
        data: receipt,
        error,
        refetch,
        is_fetching,
        ..
    } = use_user_op_wait(hash);
    Effect::new(move |_| {
        let is_included = receipt.with(Option::is_some);
        if let Some(included) = included.filter(|_| is_included) {
            included.run(());
        }
        if is_included || error.with(Option::is_some) {
            under_way.update(|hashes| hashes.retain(|other| *other != hash));
        }
    });
    let class = move || match receipt.get() {
        Some(UserOpReceipt { success: true, .. }) => "good",
        Some(_) => "",
        None if is_fetching.get() => "turning",
        None => "",
    };
    let line = move || match receipt.get() {
        Some(receipt) => view! { <Included receipt /> }.into_any(),
        None => view! {
            <span>{move || if is_fetching.get() { "Sent, waiting for the chain" } else { "Sent" }}</span>
            <Long text=hash.to_string() />
        }
        .into_any(),
    };
    let reverted = move || {
        let receipt = receipt.get().filter(|receipt| !receipt.success)?;
        let reason = receipt
            .reason
            .map_or_else(String::new, |reason| format!(": {reason}"));
        let text =
            format!("the operation is on the chain, but its call failed{reason}; nothing was changed by it");
        Some(view! { <Alert text /> })
    };
    view! {
        <li>
            <p role="status" class=class>
                {line}
            </p>
            {reverted}
            <Failure error retry=refetch />
        </li>
    }
}

/// The transaction that carried an operation.
#[component]
fn Included(receipt: UserOpReceipt) -> impl IntoView {
    let hash = receipt.transaction.hash.to_string();
    let long = view! { <Long text=hash.clone() /> };
    view! {
        <span>{if receipt.success { "Confirmed" } else { "Failed" }}</span>
        {match use_config().transaction_url(&hash) {
            Some(url) => view! {
                <a href=url target="_blank" rel="noreferrer">
                    {long}
                </a>
            }
            .into_any(),
            None => long.into_any(),
        }}
    }
}
