use alloy::{primitives::Address, sol};
use leptos::prelude::*;
use use_aa::{Call, Payment, Request, SendTransaction, use_send_transaction};

use crate::demo::components::{Action, Outcome};

sol! {
    function safeMint(address to);
}

/// Mints as the owner, with a wallet prompt each time.
#[component]
pub(crate) fn MintAsOwner(nft: Address, account: Address, payment: Payment) -> impl IntoView {
    let send = use_send_transaction();
    let mint = Callback::new(move |()| {
        let call = Call::new(nft, safeMintCall { to: account });
        send.mutate.run(SendTransaction::from(call).pay(payment));
    });

    view! {
        <div class="actions">
            <Action label="Mint" act=mint is_busy=send.is_pending />
        </div>
        <Outcome of=send />
    }
}
