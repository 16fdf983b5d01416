//! The page, and the document around it. On the server the hooks make no request: there is no account yet.

use std::time::Duration;

use alloy::{
    primitives::{Address, address, b256},
    signers::local::PrivateKeySigner,
    sol,
    sol_types::SolCall,
};
use leptos::prelude::*;
use use_aa::prelude::*;

sol! { function safeMint(address to); }
/// A collection of the local chain that anyone may mint from.
const NFT: Address = address!("1758f42Af7026fBbB559Dc60EcE0De3ef81f665e");

/// The document, which only the server renders.
pub fn shell(options: LeptosOptions) -> impl IntoView {
    view! {
        <!DOCTYPE html>
        <html lang="en">
            <head>
                <meta charset="utf-8" />
                <title>"Server-rendered"</title>
                <AutoReload options=options.clone() />
                <HydrationScripts options />
            </head>
            <body><App /></body>
        </html>
    }
}

fn setup() -> Result<(Services, Vec<Wallet>), leptos::error::Error> {
    let services = Services::new(80002, "http://127.0.0.1:8545/rpc")?
        .bundler(BundlerKind::PIMLICO, "http://127.0.0.1:8545/bundler")?
        .paymaster(PaymasterKind::ERC7677, "http://127.0.0.1:8545/paymaster")?;
    // The first key of every local chain, which is known to all.
    let key = b256!("ac0974bec39a17e36ba4a6b4d238ff944bacb478cbed5efcae784d7bf4f2ff80");
    Ok((
        services,
        vec![Wallet::local(
            "Local dev wallet",
            PrivateKeySigner::from_bytes(&key)?,
        )],
    ))
}

/// The page, which the server renders first and the browser takes over.
#[component]
pub fn App() -> impl IntoView {
    match setup() {
        Ok((services, wallets)) => view! {
            <SmartAccountProvider services wallets account=Nexus::KIND store=LocalStore::new()><Mint /></SmartAccountProvider>
        }.into_any(),
        Err(error) => view! { <p role="alert">{error.to_string()}</p> }.into_any(),
    }
}

#[component]
fn Mint() -> impl IntoView {
    let UseSmartAccount {
        address,
        connect,
        error: not_connected,
        ..
    } = use_smart_account();
    let (wallets, create, mint) = (use_wallets(), use_create_session(), use_session());
    let Query {
        data: receipt,
        error: not_included,
        ..
    } = use_user_op_wait(mint);
    let call = Signal::derive(move || address.get().map(|to| Call::new(NFT, safeMintCall { to })));
    let verdict = use_session_allows(call);
    let no_session = move || !verdict.get().is_some_and(|verdict| verdict.is_allowed());
    let no_account = move || address.get().is_none();
    let connect_to = move |wallet: Wallet| {
        let name = format!("Connect {}", wallet.name());
        view! { <button on:click=move |_| connect.mutate.run(wallet.clone())>{name}</button> }
    };
    let grant = move |account| {
        let policy = Policy::new(NFT, safeMintCall::SELECTOR).rule(Rule::equal(0, account));
        create
            .mutate
            .run(CreateSession::new([policy]).lasting(Duration::from_hours(1)));
    };
    let use_it = move |call| mint.mutate.run(UseSession::new(call).pay(Payment::Sponsored));
    let text = |error: Signal<Option<use_aa::Error>>| move || error.get().map(|error| error.to_string());
    view! {
        {move || wallets.get().into_iter().map(connect_to).collect_view()}
        <p>{move || address.get().map_or("Not connected".to_owned(), |account| format!("Account {account}"))}</p>
        <button disabled=no_account on:click=move |_| address.get().into_iter().for_each(grant)>"Create session"</button>
        <button disabled=no_session on:click=move |_| call.get().into_iter().for_each(use_it)>"Mint"</button>
        <p role="status">{move || receipt.get().map(|receipt| format!("Minted in {}", receipt.transaction.hash))}</p>
        {[not_connected, create.error, mint.error, not_included].map(|error| view! { <p role="alert">{text(error)}</p> })}
    }
}
