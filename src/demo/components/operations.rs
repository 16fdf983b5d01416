use leptos::prelude::*;
use use_aa::{
    Error, ErrorKind, Query, SpeedUp, UserOpHash, UserOpReceipt, use_smart_account, use_speed_up,
    use_user_op_wait,
};

use super::{Alert, Failure, Long, StopAsking, on_other_account};
use crate::demo::{
    config::use_config,
    record::{self, use_record},
};

/// The status of the latest operations of a kind, one line each, and the error of the last one if it was not sent.
#[component]
pub(crate) fn Operations(
    /// The latest operation that was sent, or may have been.
    latest: Signal<Option<UserOpHash>>,
    /// True while an operation is being prepared.
    is_pending: Signal<bool>,
    /// The text while an operation is being prepared.
    preparing: &'static str,
    /// True while the wallet is asked for a signature.
    is_asking: Signal<bool>,
    /// Cancels the operation while the wallet is asked.
    cancel: Callback<()>,
    /// The error of the last operation, if it was not sent.
    error: Signal<Option<Error>>,
    /// Sends another operation.
    retry: Callback<()>,
    /// Sends another operation with `replace_unknown(true)`: sessions that are not in this store are revoked.
    replace: Option<Callback<()>>,
    /// Clears the error.
    dismiss: Callback<()>,
    /// The operations that were sent and are not included yet.
    under_way: RwSignal<Vec<UserOpHash>>,
    /// Called when an operation is included.
    included: Option<Callback<()>>,
) -> impl IntoView {
    const SHOWN: usize = 3;

    let (account, record) = (use_smart_account(), use_record());
    let sent = RwSignal::new(Vec::new());
    // The operation being resent, and all operations whose replacement was sent, or may have been.
    let (tried, replaced) = (RwSignal::new(None), RwSignal::new(Vec::new()));
    // Uses the same nonce: the calls are executed at most once, whichever operation the bundler has.
    let again = use_speed_up()
        .on_success(move |_, _| dismiss.run(()))
        .on_settled(move |result, _| {
            let is_unsent = result.as_ref().is_err_and(|error| error.may_be_sent().is_none());
            if !is_unsent {
                replaced.update(|hashes| hashes.extend(tried.get_untracked()));
            }
        });
    let resend = Callback::new(move |op: UserOpHash| {
        // A newer call would hide the result of the current one.
        if !again.is_pending.get_untracked() {
            tried.set(Some(op));
            again.mutate.run(SpeedUp::new(op));
        }
    });
    let is_resent = move |op: UserOpHash| {
        Signal::derive(move || {
            let is_under_way = again.is_pending.get() && tried.get() == Some(op);
            is_under_way || replaced.with(|hashes| hashes.contains(&op))
        })
    };
    // An operation that is being resent must not be sent a third time.
    let error_now = Signal::derive(move || error.get().filter(|_| !again.is_pending.get()));
    let list = move |op: Signal<Option<UserOpHash>>| {
        Effect::new(move |_| {
            let Some(hash) = op.get() else { return };
            record.sent(account.client.get_untracked(), hash);
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
        replaced.set(Vec::new());
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
    let is_asking_again = again.is_awaiting_signature();
    let is_asking = Memo::new(move |_| is_asking.get() || is_asking_again.get());
    let stop = Callback::new(move |()| {
        cancel.run(());
        again.cancel.run(());
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
                    <StopAsking is_asking cancel=stop />
                </li>
            </Show>
            <For each=move || sent.get() key=|hash| *hash let(hash)>
                <Sent hash sent under_way included resend is_resent=is_resent(hash) is_resending=again.is_pending />
            </For>
        </ul>
    }
}

/// The status of an operation that was sent.
#[component]
fn Sent(
    hash: UserOpHash,
    /// All operations in the list.
    sent: RwSignal<Vec<UserOpHash>>,
    under_way: RwSignal<Vec<UserOpHash>>,
    included: Callback<UserOpHash>,
    /// Resends the operation with the same nonce.
    resend: Callback<UserOpHash>,
    /// True when the operation has been resent, or is being resent.
    is_resent: Signal<bool>,
    /// True while any operation of the list is being resent.
    is_resending: Signal<bool>,
) -> impl IntoView {
    let Query {
        data: receipt,
        error,
        refetch,
        is_fetching,
        ..
    } = use_user_op_wait(hash);
    let record = use_record();
    Effect::new(move |_| {
        let is_included = receipt.with(|receipt| {
            receipt.as_ref().is_some_and(|receipt| {
                record.included(receipt, 0);
                true
            })
        });
        if is_included {
            included.run(hash);
        }
        match error.get().as_ref().map(Error::kind) {
            Some(ErrorKind::Dropped { .. }) => record.ended(hash, record::Outcome::Dropped),
            Some(ErrorKind::Replaced { .. }) => record.ended(hash, record::Outcome::Replaced),
            _ => {}
        }
        if is_included || error.with(Option::is_some) {
            under_way.update(|hashes| hashes.retain(|other| *other != hash));
        }
    });
    let is_replaced = Memo::new(move |_| match error.get().as_ref().map(Error::kind) {
        Some(ErrorKind::Dropped { .. }) => is_resent.get(),
        Some(ErrorKind::Replaced { by: Some(by), .. }) => sent.with(|sent| sent.contains(by)),
        _ => false,
    });
    let error = Signal::derive(move || error.get().filter(|_| !is_replaced.get()));
    let retry = Callback::new(move |()| match error.get_untracked().as_ref().map(Error::kind) {
        Some(ErrorKind::Dropped { .. }) => resend.run(hash),
        _ => refetch.run(()),
    });
    let is_dropped = move || {
        error.with(|error| matches!(error.as_ref().map(Error::kind), Some(ErrorKind::Dropped { .. })))
    };
    let is_busy = Signal::derive(move || is_dropped() && is_resending.get());
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
            <span prop:textContent=said></span>
            <Long text=hash.to_string() />
        }
        .into_any(),
    };
    let reverted = move || {
        let receipt = receipt.get().filter(|receipt| !receipt.success)?;
        let reason = receipt
            .reason
            .map_or_else(String::new, |reason| format!(": {reason}"));
        let text = format!("the call of the included operation reverted{reason}; send a corrected call");
        Some(view! { <Alert code="receipt.reverted" text /> })
    };
    view! {
        <li>
            <p role="status" class=class>
                {line}
            </p>
            {reverted}
            <Failure error retry dismiss is_busy />
        </li>
    }
}

/// The transaction that included an operation.
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
