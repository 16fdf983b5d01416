use leptos::prelude::*;
use use_aa::{Wallet, use_smart_account, use_wallets};

use crate::demo::components::{Failure, StopAsking};

/// Lists the wallets of this browser and an optional wallet of the app, each with a button to connect.
#[component]
pub(crate) fn Wallets(own: Option<Wallet>) -> impl IntoView {
    let account = use_smart_account();
    let connect = account.connect;
    let announced = use_wallets();
    let wallets = move || announced.get().into_iter().chain(own.clone()).collect::<Vec<_>>();
    let retry = Callback::new(move |()| {
        if let Some(wallet) = connect.variables.get_untracked() {
            connect.mutate.run(wallet);
        }
    });

    let row = move |wallet: Wallet| {
        let (name, rdns) = (wallet.name().to_owned(), wallet.rdns().to_owned());
        let icon = wallet.icon().unwrap_or("favicon.svg").to_owned();
        let label = format!("Connect {name}");
        let this = wallet.clone();
        let is_connected = move || account.wallet.get().as_ref() == Some(&this);
        view! {
            <li>
                <img src=icon width="40" height="40" alt="" />
                <p>
                    <strong translate="no" prop:textContent=name></strong>
                    <small translate="no" prop:textContent=rdns></small>
                </p>
                <Show
                    when=is_connected
                    fallback=move || {
                        let wallet = wallet.clone();
                        view! {
                            <button
                                type="button"
                                aria-label=label.clone()
                                disabled=connect.is_pending
                                on:click=move |_| connect.mutate.run(wallet.clone())
                            >
                                "Connect"
                            </button>
                        }
                    }
                >
                    <span class="badge">"Connected"</span>
                </Show>
            </li>
        }
    };

    view! {
        <ul class="wallets" aria-label="Wallets">
            {move || wallets().into_iter().map(row).collect_view()}
        </ul>
        <StopAsking is_asking=connect.is_pending cancel=connect.reset />
        <Failure error=connect.error retry dismiss=connect.reset />
    }
}
