use alloy::{primitives::Address, sol};
use leptos::prelude::*;
use use_aa::{
    Call, Payment, Request, SendTransaction, UserOpStatus, use_send_transaction, use_user_op_status_with,
};

use crate::demo::components::{Action, Fact, Failure, StopAsking};

sol! {
    function safeMint(address to);
}

/// Mints as the owner, and shows the status of the operation.
#[component]
pub(crate) fn Progress(nft: Address, account: Address, payment: Payment) -> impl IntoView {
    let send = use_send_transaction();
    let status = use_user_op_status_with(send, 2);
    let mint = Callback::new(move |()| {
        let call = Call::new(nft, safeMintCall { to: account });
        send.mutate.run(SendTransaction::from(call).pay(payment));
    });
    let line = Memo::new(move |_| match status.get()? {
        UserOpStatus::Building => Some("Asking for gas and a payer.".to_owned()),
        UserOpStatus::AwaitingSignature => Some("Answer your wallet.".to_owned()),
        UserOpStatus::Submitting => Some("Handing it to the bundler.".to_owned()),
        UserOpStatus::Pending(_) => Some("Waiting for the chain.".to_owned()),
        UserOpStatus::Included { receipt } if receipt.success => Some("On the chain.".to_owned()),
        UserOpStatus::Confirmed {
            receipt,
            confirmations,
        } if receipt.success => Some(format!("On the chain, {confirmations} blocks deep.")),
        UserOpStatus::Included { .. } | UserOpStatus::Confirmed { .. } => Some("It reverted.".to_owned()),
        UserOpStatus::Replaced { .. } => Some("Another operation took its place.".to_owned()),
        UserOpStatus::Dropped { .. } => Some("The bundler has lost it: send it anew.".to_owned()),
        UserOpStatus::TimedOut(_) => Some("It takes longer than usual.".to_owned()),
        _ => None,
    });
    let operation = Signal::derive(move || Some(status.get()?.hash()?.to_string()));

    view! {
        <div class="actions">
            <Action label="Mint" act=mint is_busy=send.is_pending />
            <StopAsking is_asking=send.is_awaiting_signature() cancel=send.cancel />
        </div>
        <p role="status" prop:textContent=move || line.get()></p>
        <dl class="facts">
            <Fact name="Operation" value=operation />
        </dl>
        <Failure error=send.error retry=mint dismiss=send.reset />
    }
}
