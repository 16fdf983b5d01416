use alloy::primitives::Address;
use leptos::prelude::*;
use use_aa::{
    ErrorKind, LeftBehind, Migrate, Payment, Query, Request, use_migrate, use_smart_account, use_user_op_wait,
};

use crate::demo::{
    components::{Action, Failure, Outcome},
    config::Describe,
};

/// Names what a migration leaves behind, and turns the account into one of another kind.
#[component]
pub(crate) fn Move(
    to: &'static str,
    describe: Describe,
    account: Address,
    payment: Payment,
) -> impl IntoView {
    let client = use_smart_account().client;
    let left = Query::new(
        move || Some(account),
        move |_| {
            let client = client.get_untracked();
            async move { client.ok_or(ErrorKind::NotConnected)?.left_behind().await }
        },
    );
    let migrate = use_migrate();
    let go = Callback::new(move |()| {
        // Nothing is left behind that was not named.
        let is_named = left
            .data
            .with_untracked(|left| left.as_ref().is_some_and(|left| !left.is_none()));
        migrate
            .mutate
            .run(Migrate::with(describe).leave_behind(is_named).pay(payment));
    });
    let receipt = use_user_op_wait(migrate).data;
    let is_moved =
        Memo::new(move |_| receipt.with(|receipt| receipt.as_ref().is_some_and(|receipt| receipt.success)));
    let state = move || match (is_moved.get(), left.data.get()) {
        (true, _) => format!("It has moved. Disconnect, choose the account kind “{to}”, and connect again."),
        (false, Some(left)) if left.is_none() => {
            "Coins and tokens stay, and nothing is left behind.".to_owned()
        }
        (false, Some(left)) => format!("Coins and tokens stay. Left behind: {}.", losses(&left)),
        (false, None) => "Asking what would be left behind.".to_owned(),
    };

    view! {
        <p role="status">{state}</p>
        <Failure error=left.error retry=left.refetch />
        <div class="actions">
            <Action
                label="Move"
                act=go
                is_busy=migrate.is_pending
                is_possible=Signal::derive(move || left.data.with(Option::is_some) && !is_moved.get())
            />
        </div>
        <Outcome of=migrate />
    }
}

/// Lists the sessions and the deposit that a migration leaves behind.
fn losses(left: &LeftBehind) -> String {
    let sessions = match left.untracked.saturating_add(left.sessions.len() as u64) {
        0 => None,
        1 => Some("1 session, which ends".to_owned()),
        count => Some(format!("{count} sessions, which end")),
    };
    let deposit = (!left.deposit.is_zero()).then(|| format!("{} wei at the entry point", left.deposit));
    sessions
        .into_iter()
        .chain(deposit)
        .collect::<Vec<_>>()
        .join(", and ")
}
