//! Nexus at the wallet's own address (EIP-7702): the grant is an operation that contains the wallet's authorization. A
//! wallet that signs no authorization gets the error `owner.no_authorization` before any prompt.

use account_kinds::{Create, Mint, mint_to, mount};
use leptos::prelude::*;
use use_aa::prelude::*;

fn main() {
    mount(Nexus::DELEGATED, || {
        let UseSmartAccount { address, owner, .. } = use_smart_account();
        let create = use_create_session();
        let is_wallet = move || address.get().is_some() && address.get() == owner.get();
        view! {
            <p>{move || is_wallet().then_some("The account has the address of the wallet.")}</p>
            <Create create policy=|account| mint_to(account).at_most_uses(3) />
            <Mint />
        }
    });
}
