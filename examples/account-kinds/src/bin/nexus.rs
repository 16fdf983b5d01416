//! Biconomy Nexus: the owner's signature is the session, and no operation is sent. The first mint deploys the account and
//! enables the session, and the chain counts the calls.

use account_kinds::{Alert, Create, Mint, mint_to, mount};
use leptos::prelude::*;
use use_aa::{Allowance, prelude::*};

fn main() {
    mount(Nexus::KIND, || {
        let create = use_create_session();
        let session = Signal::derive(move || create.data.get().map(|granted| granted.id()));
        let Query {
            data: allowances,
            error,
            ..
        } = use_session_allowance(session);
        let left = |allowance: Allowance| view! { <li>{format!("{}: {} left", allowance.limit, allowance.left)}</li> };
        view! {
            <Create create policy=|account| mint_to(account).at_most_uses(3) />
            <ul>{move || allowances.get().into_iter().flatten().map(left).collect_view()}</ul>
            <Mint />
            <Alert error />
        }
    });
}
