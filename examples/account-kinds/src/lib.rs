//! The common part of the pages of all account kinds: the local chain, its wallet, and the buttons.

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

/// Mounts a page with the accounts of a kind.
pub fn mount<View: IntoView + 'static>(account: impl AccountKind + 'static, page: fn() -> View) {
    console_error_panic_hook::set_once();
    mount_to_body(move || {
        match setup() {
        Ok((services, wallets)) => view! {
            <SmartAccountProvider services wallets account store=LocalStore::new()><Connect />{page()}</SmartAccountProvider>
        }.into_any(),
        Err(error) => view! { <p role="alert">{error.to_string()}</p> }.into_any(),
    }
    });
}

/// A button for each wallet, and the account.
#[component]
fn Connect() -> impl IntoView {
    let UseSmartAccount {
        address,
        owner,
        connect,
        error,
        ..
    } = use_smart_account();
    let wallets = use_wallets();
    let connect_to = move |wallet: Wallet| {
        let name = format!("Connect {}", wallet.name());
        view! { <button on:click=move |_| connect.mutate.run(wallet.clone())>{name}</button> }
    };
    view! {
        {move || wallets.get().into_iter().map(connect_to).collect_view()}
        <p>{move || owner.get().map(|owner| format!("Owner {owner}"))}</p>
        <p>{move || address.get().map(|account| format!("Account {account}"))}</p>
        <Alert error />
    }
}

/// A policy to mint to the account alone.
pub fn mint_to(account: Address) -> Policy {
    Policy::new(NFT, safeMintCall::SELECTOR).rule(Rule::equal(0, account))
}

/// A button that grants a policy for an hour, and the transaction of the grant where the grant is an operation.
#[component]
pub fn Create(create: Mutation<CreateSession, SessionGrant>, policy: fn(Address) -> Policy) -> impl IntoView {
    let Query {
        data: receipt, error, ..
    } = use_user_op_wait(create);
    let hour = Duration::from_hours(1);
    let grant = move |account| {
        create.mutate.run(
            CreateSession::new([policy(account)])
                .lasting(hour)
                .pay(Payment::Sponsored),
        )
    };
    view! {
        <Act name="Create session" act=grant />
        <p>{move || create.data.get().map(|granted| format!("Session {}", granted.id()))}</p>
        <p>{move || receipt.get().map(|receipt| format!("Granted in {}", receipt.transaction.hash))}</p>
        <Alert error=create.error />
        <Alert error />
    }
}

/// A button that mints with the session, and the transaction.
#[component]
pub fn Mint() -> impl IntoView {
    let mint = use_session();
    let Query {
        data: receipt, error, ..
    } = use_user_op_wait(mint);
    let act = move |to| {
        mint.mutate
            .run(UseSession::new(Call::new(NFT, safeMintCall { to })).pay(Payment::Sponsored))
    };
    view! {
        <Act name="Mint" act />
        <p role="status">{move || receipt.get().map(|receipt| format!("Minted in {}", receipt.transaction.hash))}</p>
        <Alert error=mint.error />
        <Alert error />
    }
}

/// A button that does something with the account.
#[component]
fn Act(name: &'static str, act: impl Fn(Address) + Copy + Send + Sync + 'static) -> impl IntoView {
    let address = use_smart_account().address;
    let click = move |_| address.get().into_iter().for_each(act);
    view! { <button disabled=move || address.get().is_none() on:click=click>{name}</button> }
}

/// The text of an error.
#[component]
pub fn Alert(error: Signal<Option<use_aa::Error>>) -> impl IntoView {
    view! { <p role="alert">{move || error.get().map(|error| error.to_string())}</p> }
}
