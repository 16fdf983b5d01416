use alloy::{primitives::Address, sol};
use leptos::prelude::*;
use use_aa::{
    Call, Payment, PendingUserOp, Query, Request, SendTransaction, UserOpKind, use_pending_user_ops,
    use_send_transaction,
};

use crate::demo::components::{Action, Failure, Long, StopAsking};

sol! {
    function safeMint(address to);
}

/// Lists the account's pending operations, including those sent from other tabs or before a reload.
#[component]
pub(crate) fn UnderWay(nft: Address, account: Address, payment: Payment) -> impl IntoView {
    let send = use_send_transaction();
    let mint = Callback::new(move |()| {
        let call = Call::new(nft, safeMintCall { to: account });
        send.mutate.run(SendTransaction::from(call).pay(payment));
    });
    let Query {
        data: pending,
        error,
        refetch,
        ..
    } = use_pending_user_ops();
    let item = |op: PendingUserOp| {
        let what = match op.kind {
            UserOpKind::Grant { .. } => "A change of sessions",
            UserOpKind::Deploy => "The account's deployment",
            UserOpKind::Cancel => "A cancellation",
            _ => "Calls",
        };
        view! { <li><span prop:textContent=what></span> " " <Long text=op.hash.to_string() /></li> }
    };
    let line = Memo::new(move |_| match pending.get()?.len() {
        0 => Some("Nothing is under way."),
        _ => Some("Under way:"),
    });

    view! {
        <div class="actions">
            <Action label="Mint" act=mint is_busy=send.is_pending />
            <StopAsking is_asking=send.is_awaiting_signature() cancel=send.cancel />
        </div>
        <Failure error=send.error retry=mint dismiss=send.reset />
        <p role="status" prop:textContent=move || line.get()></p>
        <ul aria-label="Under way">
            {move || pending.get().into_iter().flatten().map(item).collect_view()}
        </ul>
        <Failure error retry=refetch />
    }
}
