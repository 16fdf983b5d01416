//! The smallest dapp: the user grants a session once, and mints through it without a prompt.

use std::time::Duration;

use alloy::primitives::{Address, address};
use alloy::{sol, sol_types::SolCall};
use leptos::prelude::*;
use use_aa::prelude::*;

sol! { function safeMint(address to); }
const NFT: Address = address!("1758f42Af7026fBbB559Dc60EcE0De3ef81f665e");

fn main() {
    mount_to_body(App);
}

#[component]
fn App() -> impl IntoView {
    services().map(|services| view! {
        <SmartAccountProvider services account=BiconomyV2::KIND store=LocalStore::new()><Mint /></SmartAccountProvider>
    })
}

fn services() -> Result<Services, use_aa::Error> {
    Services::new(80002, "http://127.0.0.1:8545/rpc")?
        .bundler(BundlerKind::BICONOMY, "http://127.0.0.1:8545/api/v2/80002/dev")?
        .paymaster(PaymasterKind::BICONOMY, "http://127.0.0.1:8545/api/v1/80002/dev")
}

#[component]
fn Mint() -> impl IntoView {
    let (account, wallets) = (use_smart_account(), use_wallets());
    let (create, mint) = (use_create_session(), use_session());
    let (granted, minted) = (use_user_op_wait(create), use_user_op_wait(mint));
    let address = account.address;
    let no_account = move || address.get().is_none();
    let connect = move |wallet| account.connect.mutate.run(wallet);
    let grant = move |account| {
        let policy = Policy::new(NFT, safeMintCall::SELECTOR).rule(Rule::equal(0, account));
        let session = CreateSession::new([policy]).lasting(Duration::from_hours(1));
        create.mutate.run(session.pay(Payment::Sponsored));
    };
    let use_it = move |to| {
        let call = Call::new(NFT, safeMintCall { to });
        mint.mutate.run(UseSession::new(call).pay(Payment::Sponsored));
    };
    let hash = |receipt: UserOpReceipt| receipt.transaction.hash.to_string();
    let text = |error: Signal<Option<use_aa::Error>>| move || error.get().map(|error| error.to_string());
    view! {
        <button on:click=move |_| wallets.get().into_iter().take(1).for_each(connect)>"Connect"</button>
        <button disabled=no_account on:click=move |_| address.get().into_iter().for_each(grant)>"Create session"</button>
        <button disabled=no_account on:click=move |_| address.get().into_iter().for_each(use_it)>"Mint"</button>
        <p>{move || address.get().map(|account| format!("Account {account}"))}</p>
        <p>{move || granted.data.get().map(|receipt| format!("Granted in {}", hash(receipt)))}</p>
        <p role="status">{move || minted.data.get().map(|receipt| format!("Minted in {}", hash(receipt)))}</p>
        {[account.error, create.error, granted.error, mint.error, minted.error].map(|error| view! { <p role="alert">{text(error)}</p> })}
    }
}
