//! The page of two buttons on a Nexus account: the owner's signature is the session, and the account pays for its gas.

use leptos::prelude::*;
use pages::{Connect, HOUR, NFT, Receipt, safeMintCall};
use use_aa::prelude::*;

fn main() {
    pages::mount_nexus(page);
}

fn page() -> impl IntoView {
    let account = use_smart_account();
    let create = use_create_session();
    let mint = use_session();
    let grant = move |_| {
        if let Some(account) = account.address.get_untracked()
            && let Ok(mint) = Policy::function(NFT, "safeMint(address)")
        {
            let policy = mint.rule(Rule::equal(0, account));
            create.mutate.run(CreateSession::new([policy]).lasting(HOUR));
        }
    };
    let act = move |_| {
        if let Some(to) = account.address.get_untracked() {
            mint.mutate
                .run(UseSession::new(Call::new(NFT, safeMintCall { to })));
        }
    };
    let errors = move || create.error.get().or_else(|| mint.error.get());
    view! {
        <Connect />
        <button on:click=grant>"Create session"</button>
        <button on:click=act>"Mint"</button>
        <p>{move || create.data.get().map(|granted| format!("Granted to {}", granted.id()))}</p>
        <Receipt op=mint.data />
        <p role="alert">{move || errors().map(|error| error.to_string())}</p>
    }
}
