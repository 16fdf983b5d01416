use alloy::{primitives::Address, sol};
use leptos::prelude::*;
use use_aa::{
    Call, Cancel, Payment, Request, SendTransaction, UserOpHash, use_cancel, use_pending_user_ops,
    use_send_transaction,
};

use crate::demo::components::{Action, Failure, Long, Outcome, StopAsking};

sol! {
    function safeMint(address to);
}

/// Mints, and cancels the pending operation.
#[component]
pub(crate) fn CallOff(nft: Address, account: Address, payment: Payment) -> impl IntoView {
    let send = use_send_transaction();
    let mint = Callback::new(move |()| {
        let call = Call::new(nft, safeMintCall { to: account });
        send.mutate.run(SendTransaction::from(call).pay(payment));
    });
    let cancel = use_cancel();
    let pending = use_pending_user_ops().data;
    let hashes = move || pending.get().into_iter().flatten().map(|op| op.hash);
    let item = move |op: UserOpHash| {
        let act = Callback::new(move |()| cancel.mutate.run(Cancel::new(op).pay(payment)));
        view! {
            <li>
                <Long text=op.to_string() />
                <Action label="Cancel" act is_busy=cancel.is_pending is_main=false />
            </li>
        }
    };

    view! {
        <div class="actions">
            <Action label="Mint" act=mint is_busy=send.is_pending />
            <StopAsking is_asking=send.is_awaiting_signature() cancel=send.cancel />
        </div>
        <Failure error=send.error retry=mint dismiss=send.reset />
        <ul aria-label="Under way">
            <For each=hashes key=|hash| *hash children=item />
        </ul>
        <Outcome of=cancel />
    }
}
