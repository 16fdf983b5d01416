use alloy::{primitives::Address, sol};
use leptos::prelude::*;
use use_aa::{Call, Payment, Request, UseSession, primitives::units, use_batch_session};

use crate::demo::components::{Action, Field, Outcome, TestTokens};

sol! {
    function safeMint(address to);
    function transfer(address to, uint256 amount) returns (bool);
}

/// Buys a flower with a batch session, without a prompt: pays the shop and mints atomically.
#[component]
pub(crate) fn Purchase(
    nft: Address,
    token: Address,
    shop: Address,
    account: Address,
    payment: Payment,
) -> impl IntoView {
    let session = use_batch_session();
    let text = RwSignal::new("1".to_owned());
    let price = Signal::derive(move || text.with(|text| units(text.trim(), 6)));
    let buy = Callback::new(move |()| {
        if let Some(amount) = price.get_untracked() {
            let pay = Call::new(token, transferCall { to: shop, amount });
            let mint = Call::new(nft, safeMintCall { to: account });
            session.mutate.run(UseSession::new([pay, mint]).pay(payment));
        }
    });

    view! {
        <p>
            "It takes a session for both calls: "
            <a href="#/hooks/use_create_batch_session">"create one"</a> " first. And it takes tokens."
        </p>
        <TestTokens token account />
        <Field
            label="Price"
            value=text
            hint="In tokens. The session allows at most 5 at once: try more."
            is_wrong=Signal::derive(move || price.get().is_none())
        />
        <div class="actions">
            <Action
                label="Pay and mint"
                act=buy
                is_busy=session.is_pending
                is_possible=Signal::derive(move || price.get().is_some())
            />
        </div>
        <Outcome of=session />
    }
}
