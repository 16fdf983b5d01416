use leptos::{html, prelude::*};
use use_aa::{Wallet, use_smart_account, use_wallets};

use super::{Action, Failure};
use crate::demo::config::use_config;

/// Connects a wallet: immediately if there is only one, otherwise the one that the user selects.
#[component]
pub(crate) fn ConnectWallet() -> impl IntoView {
    let account = use_smart_account();
    let connect = account.connect;
    let announced = use_wallets();
    let config = use_config();
    let (dev_wallet, has_dev_wallet) = (config.dev_wallet.clone(), config.has_dev_keys);
    let wallets = Signal::derive(move || {
        announced
            .get()
            .into_iter()
            .chain(dev_wallet.get())
            .collect::<Vec<_>>()
    });

    let dialog = NodeRef::<html::Dialog>::new();
    let close = move || {
        if let Some(dialog) = dialog.get_untracked() {
            dialog.close();
        }
    };
    let choose = Callback::new(move |wallet: Wallet| {
        close();
        connect.mutate.run(wallet);
    });
    let start = Callback::new(
        move |()| match (wallets.get_untracked().as_slice(), dialog.get_untracked()) {
            ([wallet], _) if !has_dev_wallet => connect.mutate.run(wallet.clone()),
            (_, Some(dialog)) => drop(dialog.show_modal()),
            _ => {}
        },
    );
    let again = Callback::new(move |()| {
        if let Some(wallet) = connect.variables.get_untracked() {
            connect.mutate.run(wallet);
        }
    });

    view! {
        <div class="actions">
            <Action
                label="Connect wallet"
                act=start
                is_busy=connect.is_pending
                is_main=Signal::derive(move || account.address.with(Option::is_none))
            />
            <Show when=move || connect.is_pending.get()>
                <button type="button" on:click=move |_| connect.reset.run(())>
                    "Cancel"
                </button>
            </Show>
        </div>
        <Failure error=connect.error retry=again dismiss=connect.reset />
        <dialog node_ref=dialog aria-labelledby="wallets-title">
            <header>
                <h2 id="wallets-title">"Choose a wallet"</h2>
                <button class="small" type="button" on:click=move |_| close()>
                    "Close"
                </button>
            </header>
            <Wallets wallets choose has_dev_wallet />
        </dialog>
    }
}

/// The available wallets, by name.
#[component]
fn Wallets(
    wallets: Signal<Vec<Wallet>>,
    choose: Callback<Wallet>,
    /// True if the wallet of the local chain is there, or still loads.
    has_dev_wallet: bool,
) -> impl IntoView {
    let choice = move |wallet: Wallet| {
        let (name, icon) = (wallet.name().to_owned(), wallet.icon().map(str::to_owned));
        view! {
            <li>
                <button type="button" on:click=move |_| choose.run(wallet.clone())>
                    <img src=icon.unwrap_or_else(|| "favicon.svg".to_owned()) alt="" />
                    <span translate="no" prop:textContent=name></span>
                </button>
            </li>
        }
    };
    move || {
        match wallets.get() {
        wallets if wallets.is_empty() && !has_dev_wallet => view! {
            <p role="note" data-code="notice.no_wallet">
                "No wallet has announced itself in this browser. Install one as an extension: it is listed here as soon as it is there. "
                <a href="https://ethereum.org/wallets/find-wallet/" target="_blank" rel="noreferrer">"Find a wallet"</a>
            </p>
        }
        .into_any(),
        wallets => view! { <ul>{wallets.into_iter().map(choice).collect_view()}</ul> }.into_any(),
    }
    }
}
