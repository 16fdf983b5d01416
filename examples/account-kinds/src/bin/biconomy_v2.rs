//! Biconomy's smart account V2: the grant is an operation, which deploys the account and puts the session on the chain.
//! The session's rules hold for each call by itself.

use account_kinds::{Create, Mint, mint_to, mount};
use leptos::prelude::*;
use use_aa::prelude::*;

fn main() {
    mount(BiconomyV2::KIND, || {
        let create = use_create_session();
        view! {
            <Create create policy=mint_to />
            <Mint />
        }
    });
}
