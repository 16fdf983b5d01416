use alloy::{primitives::Address, sol};
use leptos::prelude::*;
use use_aa::{Call, SendTransaction, use_send_sponsored_transaction};

use crate::demo::components::{Action, Outcome};

sol! {
    function safeMint(address to);
}

/// Mints as the owner, with sponsored gas.
#[component]
pub(crate) fn MintForFree(nft: Address, account: Address) -> impl IntoView {
    let send = use_send_sponsored_transaction();
    let mint = Callback::new(move |()| {
        let call = Call::new(nft, safeMintCall { to: account });
        send.mutate.run(SendTransaction::from(call));
    });

    view! {
        <div class="actions">
            <Action label="Mint" act=mint is_busy=send.is_pending />
        </div>
        <Outcome of=send />
    }
}
