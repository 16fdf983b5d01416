use std::time::Duration;

use alloy::{primitives::Address, sol};
use leptos::prelude::*;
use use_aa::{
    Call, Payment, Request, SendTransaction, UserOpHash, UserOpReceipt, WaitOptions, use_send_transaction,
    use_user_op_wait_with,
};

use crate::demo::components::{Action, Fact, Failure, Field, StopAsking, amount};

sol! {
    function safeMint(address to);
}

/// Waits for the operation of a hash: a pasted one, or that of the latest mint.
#[component]
pub(crate) fn WaitFor(nft: Address, account: Address, payment: Payment) -> impl IntoView {
    let field = |text: &str| RwSignal::new(text.to_owned());
    let (hash, confirmations, seconds) = (field(""), field("1"), field("300"));
    let awaited = Memo::new(move |_| hash.get().trim().parse::<UserOpHash>().ok());
    let depth = Memo::new(move |_| confirmations.get().trim().parse::<u64>().ok());
    let timeout = Memo::new(move |_| seconds.get().trim().parse().ok().map(Duration::from_secs));

    let send = use_send_transaction().on_success(move |sent, _| hash.set(sent.to_string()));
    let mint = Callback::new(move |()| {
        let call = Call::new(nft, safeMintCall { to: account });
        send.mutate.run(SendTransaction::from(call).pay(payment));
    });
    let receipt = move || {
        let wait = WaitOptions::from(depth.get()?).timeout(timeout.get()?);
        Some(view! { <Receipt hash=awaited.get()? wait /> })
    };
    let is_no_hash = move || awaited.get().is_none() && !hash.with(String::is_empty);

    view! {
        <Field
            label="Operation"
            value=hash
            hint="The hash of an operation: paste one, or mint to have one."
            is_wrong=Signal::derive(is_no_hash)
        />
        <Field
            label="Confirmations"
            value=confirmations
            hint="How many blocks are to hold it or lie on top of it."
            is_wrong=Signal::derive(move || depth.get().is_none())
        />
        <Field
            label="Seconds"
            value=seconds
            hint="How long to wait."
            is_wrong=Signal::derive(move || timeout.get().is_none())
        />
        <div class="actions">
            <Action label="Mint" act=mint is_busy=send.is_pending is_main=false />
            <StopAsking is_asking=send.is_awaiting_signature() cancel=send.cancel />
        </div>
        <Failure error=send.error retry=mint dismiss=send.reset />
        {receipt}
    }
}

/// Shows the receipt of an operation.
#[component]
fn Receipt(hash: UserOpHash, wait: WaitOptions) -> impl IntoView {
    let receipt = use_user_op_wait_with(hash, wait);
    let facts = |receipt: UserOpReceipt| {
        let result = if receipt.success { "Succeeded" } else { "Reverted" };
        view! {
            <dl class="facts">
                <Fact name="Result" value=Some(result.to_owned()) />
                <Fact name="Transaction" value=Some(receipt.transaction.hash.to_string()) />
                <Fact name="Block" value=Some(receipt.transaction.block_number.to_string()) />
                <Fact name="Cost, in coins" value=Some(amount(receipt.actual_gas_cost, 18)) />
            </dl>
        }
    };
    view! {
        <p role="status" prop:textContent=move || receipt.is_fetching.get().then_some("Waiting for the chain.")></p>
        {move || receipt.data.get().map(facts)}
        <Failure error=receipt.error retry=receipt.refetch />
    }
}
