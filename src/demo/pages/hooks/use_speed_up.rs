use alloy::{primitives::Address, sol};
use leptos::prelude::*;
use use_aa::{
    Call, Payment, Request, SendTransaction, SpeedUp, UserOpHash, use_pending_user_ops, use_send_transaction,
    use_speed_up,
};

use crate::demo::components::{Action, Failure, Long, Outcome, StopAsking};

sol! {
    function safeMint(address to);
}

/// Mints, and replaces the pending operation with one of higher fees.
#[component]
pub(crate) fn Hurry(nft: Address, account: Address, payment: Payment) -> impl IntoView {
    let send = use_send_transaction();
    let mint = Callback::new(move |()| {
        let call = Call::new(nft, safeMintCall { to: account });
        send.mutate.run(SendTransaction::from(call).pay(payment));
    });
    let speed_up = use_speed_up();
    let pending = use_pending_user_ops().data;
    let hashes = move || pending.get().into_iter().flatten().map(|op| op.hash);
    let item = move |op: UserOpHash| {
        let act = Callback::new(move |()| speed_up.mutate.run(SpeedUp::new(op)));
        view! {
            <li>
                <Long text=op.to_string() />
                <Action label="Speed up" act is_busy=speed_up.is_pending is_main=false />
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
        <Outcome of=speed_up />
    }
}
