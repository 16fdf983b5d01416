//! The page of the comparison: create a session, mint with it, and wait for both receipts.

use leptos::prelude::*;
use pages::{HOUR, NFT, safeMintCall};
use use_aa::prelude::*;

fn main() {
    pages::mount(page);
}

fn page() -> impl IntoView {
    let account = use_smart_account();
    let wallets = use_wallets();
    let connect = move |_| {
        if let Some(wallet) = wallets.get_untracked().into_iter().next() {
            account.connect.mutate.run(wallet);
        }
    };
    let Mutation {
        mutate: create,
        data: created,
        error: refused,
        ..
    } = use_create_session();
    let Mutation {
        mutate: mint,
        data: sent,
        error,
        ..
    } = use_session();
    let granted = use_user_op_wait(created);
    let Query { data: receipt, .. } = use_user_op_wait(sent);
    let grant = move |_| {
        if let Some(account) = account.address.get_untracked()
            && let Ok(mint) = Policy::function(NFT, "safeMint(address)")
        {
            create.run(
                CreateSession::new([mint.rule(Rule::equal(0, account))])
                    .lasting(HOUR)
                    .pay(Payment::Sponsored),
            );
        }
    };
    let mint = move |_| {
        if let Some(to) = account.address.get_untracked() {
            mint.run(UseSession::new(Call::new(NFT, safeMintCall { to })).pay(Payment::Sponsored));
        }
    };
    view! {
        <button on:click=connect>{move || account.address.get().map_or("Connect".to_owned(), |a| a.to_string())}</button>
        <button on:click=grant>"Create session"</button>
        <button on:click=mint>"Mint"</button>
        <p>{move || granted.data.get().map(|receipt| format!("Granted in {}", receipt.transaction.hash))}</p>
        <p role="status">{move || receipt.get().map(|receipt| format!("Confirmed in {}", receipt.transaction.hash))}</p>
        <p role="alert">{move || error.get().or_else(|| refused.get()).map(|error| error.to_string())}</p>
    }
}
