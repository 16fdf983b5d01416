use std::time::Duration;

use leptos::prelude::*;
use use_aa::{
    Cancel, PendingUserOp, Request, SpeedUp, UserOpHash, use_cancel, use_pending_user_ops, use_speed_up,
};

use crate::demo::{
    components::{Action, Long, Outcome, on_other_account},
    config::use_config,
};

/// The account's pending operations that were sent before a reload or in another tab, and those that are stuck.
#[component]
pub(super) fn UnderWay(
    /// The operations that another part of the page shows.
    shown: RwSignal<Vec<UserOpHash>>,
    /// Called when one of the operations has ended.
    ended: Callback<()>,
) -> impl IntoView {
    /// The age after which a pending operation counts as stuck, in seconds.
    const STUCK: u64 = 30;
    /// The time in which another part of the page shows its own operations, in seconds.
    const OWN: u64 = 5;

    let pending = use_pending_user_ops().data;
    let (loaded, clock) = (now(), use_clock());
    let age = move |op: &PendingUserOp| clock.get().saturating_sub(op.sent_at);
    let is_stuck = move |op: &PendingUserOp| age(op) >= STUCK;
    let is_foreign = move |op: &PendingUserOp| {
        shown.with(|shown| !shown.contains(&op.hash)) && (op.sent_at < loaded || age(op) >= OWN)
    };
    let listed = Memo::new(move |_| {
        let pending = pending.get().into_iter().flatten();
        let listed = pending.filter(|op| is_foreign(op) || is_stuck(op));
        listed.map(|op| (op.hash, is_stuck(&op))).collect::<Vec<_>>()
    });
    Effect::new(move |before: Option<usize>| {
        let count = pending.with(|pending| pending.as_ref().map_or(0, Vec::len));
        if before.is_some_and(|before| count < before) {
            ended.run(());
        }
        count
    });

    let payment = use_config().payment();
    let (speed_up, cancel) = (use_speed_up(), use_cancel());
    on_other_account(move || {
        speed_up.reset.run(());
        cancel.reset.run(());
    });
    let item = move |(op, is_stuck): (UserOpHash, bool)| {
        let hurry = Callback::new(move |()| speed_up.mutate.run(SpeedUp::new(op)));
        let stop = Callback::new(move |()| cancel.mutate.run(Cancel::new(op).pay(payment)));
        view! {
            <li>
                <p role="status" class="turning">
                    <span>{if is_stuck { "Stuck" } else { "Sent before, waiting for the chain" }}</span>
                    <Long text=op.to_string() />
                </p>
                <Show when=move || is_stuck>
                    <div class="actions">
                        <Action label="Speed up" act=hurry is_busy=speed_up.is_pending is_main=false />
                        <Action label="Cancel" act=stop is_busy=cancel.is_pending is_main=false />
                    </div>
                </Show>
            </li>
        }
    };
    view! {
        <Show when=move || listed.with(|listed| !listed.is_empty())>
            <ul class="operations" aria-label="Under way">
                <For each=move || listed.get() key=|entry| *entry children=item />
            </ul>
        </Show>
        <Outcome of=speed_up />
        <Outcome of=cancel />
    }
}

/// Returns the current Unix time in seconds, updated every 2 seconds.
fn use_clock() -> RwSignal<u64> {
    const TICK: Duration = Duration::from_secs(2);

    let clock = RwSignal::new(now());
    Effect::new(move |_| {
        if let Ok(timer) = set_interval_with_handle(move || clock.set(now()), TICK) {
            on_cleanup(move || timer.clear());
        }
    });
    clock
}

fn now() -> u64 {
    (js_sys::Date::now() / 1000.0) as u64
}
