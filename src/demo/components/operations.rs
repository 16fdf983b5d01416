use leptos::prelude::*;
use use_aa::{Error, Query, SpeedUp, UserOpHash, UserOpReceipt, use_speed_up, use_user_op_wait};

use super::{Alert, Failure, Long, on_other_account};
use crate::demo::config::use_config;

/// One line for each of the latest operations of a kind: what has become of it. And why the last was not sent.
#[component]
pub(crate) fn Operations(
    /// The latest one that was sent, or may have been.
    latest: Signal<Option<UserOpHash>>,
    /// Whether one is being prepared.
    is_pending: Signal<bool>,
    /// What to say of one that is being prepared.
    preparing: &'static str,
    /// Why the last one was not sent.
    error: Signal<Option<Error>>,
    /// Sends another one.
    retry: Callback<()>,
    /// Sends another one even if sessions that are not known here end.
    replace: Option<Callback<()>>,
    /// Takes the error away.
    dismiss: Callback<()>,
    /// Those that were sent and are not on the chain yet.
    under_way: RwSignal<Vec<UserOpHash>>,
    /// Told when one is on the chain.
    included: Option<Callback<()>>,
) -> impl IntoView {
    const SHOWN: usize = 3;

    let sent = RwSignal::new(Vec::new());
    // In the same nonce: whatever the bundler has, it happens once.
    let again = use_speed_up().on_success(move |_, _| dismiss.run(()));
    let resend = Callback::new(move |op: UserOpHash| again.mutate.run(SpeedUp::new(op)));
    // What is being sent again is not to be sent a third time.
    let error_now = Signal::derive(move || error.get().filter(|_| !again.is_pending.get()));
    let list = move |op: Signal<Option<UserOpHash>>| {
        Effect::new(move |_| {
            let Some(hash) = op.get() else { return };
            let mut all = sent.get_untracked();
            all.retain(|other| *other != hash);
            all.insert(0, hash);
            let forgotten = all.split_off(SHOWN.min(all.len()));
            under_way.update(|hashes| {
                hashes.push(hash);
                hashes.retain(|hash| !forgotten.contains(hash));
            });
            sent.set(all);
        });
    };
    list(latest);
    list(again.user_op());
    on_other_account(move || {
        again.reset.run(());
        sent.set(Vec::new());
        under_way.set(Vec::new());
    });
    let resend_again = Callback::new(move |()| {
        if let Some(request) = again.variables.get_untracked() {
            again.mutate.run(request);
        }
    });
    let included = Callback::new(move |op: UserOpHash| {
        if error.with_untracked(|error| error.as_ref().and_then(Error::may_be_sent)) == Some(op) {
            dismiss.run(());
        }
        if let Some(included) = included {
            included.run(());
        }
    });
    view! {
        <Failure error=error_now retry resend replace dismiss />
        <Failure error=again.error retry=resend_again resend dismiss=again.reset />
        <ul class="operations" aria-live="polite">
            <Show when=move || is_pending.get() || again.is_pending.get()>
                <li>
                    <p role="status" class="turning">
                        {preparing}
                    </p>
                </li>
            </Show>
            <For each=move || sent.get() key=|hash| *hash let(hash)>
                <Sent hash sent under_way included resend is_unsent=again.is_error />
            </For>
        </ul>
    }
}

/// An operation from the moment it was sent.
#[component]
fn Sent(
    hash: UserOpHash,
    /// All that are shown.
    sent: RwSignal<Vec<UserOpHash>>,
    under_way: RwSignal<Vec<UserOpHash>>,
    included: Callback<UserOpHash>,
    /// Sends it once more in the same nonce.
    resend: Callback<UserOpHash>,
    /// Whether that went wrong.
    is_unsent: Signal<bool>,
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
        if is_included {
            included.run(hash);
        }
        if is_included || error.with(Option::is_some) {
            under_way.update(|hashes| hashes.retain(|other| *other != hash));
        }
    });
    let is_resent = RwSignal::new(false);
    let is_replaced = Memo::new(move |_| match error.get() {
        Some(Error::Dropped { .. }) => is_resent.get() && !is_unsent.get(),
        Some(Error::Replaced { by: Some(by), .. }) => sent.with(|sent| sent.contains(&by)),
        _ => false,
    });
    let error = Signal::derive(move || error.get().filter(|_| !is_replaced.get()));
    let retry = Callback::new(move |()| match error.get_untracked() {
        Some(Error::Dropped { .. }) => {
            is_resent.set(true);
            resend.run(hash);
        }
        _ => refetch.run(()),
    });
    let dismiss = Callback::new(move |()| sent.update(|sent| sent.retain(|other| *other != hash)));
    let class = move || match receipt.get() {
        Some(UserOpReceipt { success: true, .. }) => "good",
        Some(_) => "",
        None if is_fetching.get() => "turning",
        None => "",
    };
    let said = move || match () {
        () if is_fetching.get() => "Sent, waiting for the chain",
        () if is_replaced.get() => "Another try took its place",
        () => "Sent",
    };
    let line = move || match receipt.get() {
        Some(receipt) => view! { <Included receipt /> }.into_any(),
        None => view! {
            <span>{said}</span>
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
            <Failure error retry dismiss />
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
