use alloy::primitives::Address;
use leptos::prelude::*;
use use_aa::{UseSmartAccount, use_smart_account};

use crate::demo::components::{ConnectWallet, Fact};

/// Shows the account, its owner and the connected wallet.
#[component]
pub(crate) fn WhoAmI() -> impl IntoView {
    let UseSmartAccount {
        address,
        owner,
        wallet,
        wallet_chain,
        is_loading,
        disconnect,
        ..
    } = use_smart_account();
    let text = |address: Option<Address>| address.map(|address| address.to_string());
    let name = move || wallet.with(|wallet| Some(wallet.as_ref()?.name().to_owned()));
    let chain = move || wallet_chain.get().map(|chain| chain.to_string());

    view! {
        <dl class="facts" aria-busy=move || is_loading.get().to_string()>
            <Fact name="Smart account" value=Signal::derive(move || text(address.get())) />
            <Fact name="Owner" value=Signal::derive(move || text(owner.get())) />
            <Fact name="Wallet" value=Signal::derive(name) />
            <Fact name="The wallet's chain" value=Signal::derive(chain) />
        </dl>
        <Show
            when=move || owner.with(Option::is_some)
            fallback=|| view! { <ConnectWallet /> }
        >
            <div class="actions">
                <button type="button" on:click=move |_| disconnect.run(())>
                    "Disconnect"
                </button>
            </div>
        </Show>
    }
}
