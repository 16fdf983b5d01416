//! The parts that the measured pages share: the services, the contract and the button of the wallet.

#![cfg(feature = "csr")]

use std::time::Duration;

use alloy::primitives::{Address, address};
use leptos::prelude::*;
use use_aa::{Error, account::biconomy_v2::BiconomyV2Kind, prelude::*};

alloy::sol! {
    /// Mints an NFT.
    function safeMint(address to);
}

/// The contract that mints.
pub const NFT: Address = address!("1758f42Af7026fBbB559Dc60EcE0De3ef81f665e");

/// The duration of a session.
pub const HOUR: Duration = Duration::from_hours(1);

/// Returns services as an app names them.
///
/// # Errors
///
/// [`ErrorKind::Url`](use_aa::ErrorKind::Url) if a URL is malformed.
pub fn services() -> Result<Services, Error> {
    Services::new(80002, "http://127.0.0.1:8599/rpc")?
        .bundler(BundlerKind::BICONOMY, "http://127.0.0.1:8599/api/v2/80002/key")?
        .paymaster(PaymasterKind::BICONOMY, "http://127.0.0.1:8599/api/v1/80002/key")
}

/// Mounts a page in a provider of Nexus accounts.
pub fn mount_nexus<View: IntoView + 'static>(page: fn() -> View) {
    leptos::mount::mount_to_body(move || {
        let services = Services::new(80002, "http://127.0.0.1:8599/rpc");
        let services = services
            .and_then(|services| services.bundler(BundlerKind::STANDARD, "http://127.0.0.1:8599/bundler"));
        services.map(|services| {
            let store = LocalStore::new();
            view! { <SmartAccountProvider services account=Nexus::KIND store>{page()}</SmartAccountProvider> }
        })
    });
}

/// Mounts a page in a provider of accounts with sessions.
pub fn mount<View: IntoView + 'static>(page: fn() -> View) {
    provide(BiconomyV2::KIND, LocalStore::new(), page);
}

/// Mounts a page in a provider of accounts without sessions.
pub fn mount_without_sessions<View: IntoView + 'static>(page: fn() -> View) {
    provide(BiconomyV2::WITHOUT_SESSIONS, LocalStore::without_keys(), page);
}

fn provide<View: IntoView + 'static>(account: BiconomyV2Kind, store: LocalStore, page: fn() -> View) {
    leptos::mount::mount_to_body(move || {
        services().map(|services| {
            view! { <SmartAccountProvider services account store>{page()}</SmartAccountProvider> }
        })
    });
}

/// A button that connects the first wallet of the browser.
#[component]
pub fn Connect() -> impl IntoView {
    let account = use_smart_account();
    let wallets = use_wallets();
    let connect = move |_| {
        if let Some(wallet) = wallets.get_untracked().into_iter().next() {
            account.connect.mutate.run(wallet);
        }
    };
    view! {
        <button on:click=connect>{move || account.address.get().map_or("Connect".to_owned(), |a| a.to_string())}</button>
        <p role="alert">{move || account.error.get().map(|error| error.to_string())}</p>
    }
}

/// A button that creates a session, and the id of the session.
#[component]
pub fn Create() -> impl IntoView {
    let account = use_smart_account();
    let Mutation {
        mutate, data, error, ..
    } = use_create_session();
    let create = move |_| {
        if let Some(account) = account.address.get_untracked()
            && let Ok(mint) = Policy::function(NFT, "safeMint(address)")
        {
            let policy = mint.rule(Rule::equal(0, account));
            mutate.run(CreateSession::new([policy]).lasting(HOUR).pay(Payment::Sponsored));
        }
    };
    view! {
        <button on:click=create>"Create session"</button>
        <p>{move || data.get().map(|granted| granted.id().to_string())}</p>
        <p role="alert">{move || error.get().map(|error| error.to_string())}</p>
    }
}

/// A button that mints with the session, and the hash of the operation.
#[component]
pub fn Mint() -> impl IntoView {
    let account = use_smart_account();
    let Mutation {
        mutate, data, error, ..
    } = use_session();
    let mint = move |_| {
        if let Some(to) = account.address.get_untracked() {
            mutate.run(UseSession::new(Call::new(NFT, safeMintCall { to })).pay(Payment::Sponsored));
        }
    };
    view! {
        <button on:click=mint>"Mint"</button>
        <p>{move || data.get().map(|sent| sent.hash().to_string())}</p>
        <p role="alert">{move || error.get().map(|error| error.to_string())}</p>
    }
}

/// The receipt of an operation.
#[component]
pub fn Receipt(
    /// The operation.
    #[prop(into)]
    op: Awaited,
) -> impl IntoView {
    let Query {
        data: receipt, error, ..
    } = use_user_op_wait(op);
    view! {
        <p role="status">{move || receipt.get().map(|receipt| format!("Confirmed in {}", receipt.transaction.hash))}</p>
        <p role="alert">{move || error.get().map(|error| error.to_string())}</p>
    }
}
