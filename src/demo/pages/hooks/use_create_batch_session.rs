use std::time::Duration;

use alloy::{
    primitives::{Address, U256},
    sol,
    sol_types::SolCall,
};
use leptos::prelude::*;
use use_aa::{
    CreateSession, Erc20Policy, Interval, Payment, Permission, Policy, Request, Rule,
    use_create_batch_session,
};

use crate::demo::components::{Action, Outcome};

sol! {
    function safeMint(address to);
}

/// Creates a batch session that may mint to the account and pay the shop at most 5 tokens per transfer.
#[component]
pub(crate) fn AllowPurchases(
    nft: Address,
    token: Address,
    shop: Address,
    account: Address,
    payment: Payment,
) -> impl IntoView {
    let create = use_create_batch_session();
    let grant = move |replace: bool| {
        let hour = Interval::lasting(Duration::from_secs(60 * 60));
        let mint = Policy::new(nft, safeMintCall::SELECTOR)
            .rule(Rule::equal(0, account))
            .interval(hour);
        // In the token's smallest unit. The token has six decimals.
        let pay = Erc20Policy::new(token, shop, U256::from(5_000_000)).interval(hour);
        let policies = [Permission::from(mint), pay.into()];
        let request = CreateSession::new(policies).pay(payment);
        create.mutate.run(request.replace_unknown(replace));
    };

    view! {
        <p>"For an hour, the key may do two things and nothing else:"</p>
        <ul class="terms">
            <li>"Mint to your account"</li>
            <li>{format!("Pay the shop {shop} at most 5 tokens at once")}</li>
        </ul>
        <div class="actions">
            <Action
                label="Create batch session"
                act=Callback::new(move |()| grant(false))
                is_busy=create.is_pending
            />
        </div>
        <Outcome of=create replace=Callback::new(move |()| grant(true)) />
    }
}
