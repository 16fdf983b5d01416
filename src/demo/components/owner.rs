use leptos::prelude::*;
use use_aa::{Wallet, use_smart_account};

use super::ConnectWallet;

/// The connected wallet, or a button to connect one. All states take the same room.
#[component]
pub(crate) fn Owner(
    /// The text without an account.
    absent: &'static str,
    /// The text while the account's wallet is locked or away.
    locked: &'static str,
    /// The text while the wallet is connected.
    ready: &'static str,
) -> impl IntoView {
    let account = use_smart_account();
    let has_owner = Memo::new(move |_| account.owner.with(Option::is_some));
    let is_locked = Memo::new(move |_| {
        account.address.with(Option::is_some) && !has_owner.get() && !account.is_loading.get()
    });
    let of_wallet = move |read: fn(&Wallet) -> Option<&str>| {
        account
            .wallet
            .with(|wallet| wallet.as_ref().and_then(read).map(str::to_owned))
    };
    let icon = move || of_wallet(Wallet::icon).unwrap_or_else(|| "favicon.svg".to_owned());
    let name = move || of_wallet(|wallet| Some(wallet.name()));
    view! {
        <div class="stack">
            <p class:absent=move || has_owner.get() || is_locked.get()>{absent}</p>
            <p class:absent=move || !is_locked.get() role="note" data-code="notice.wallet_locked">
                {locked}
            </p>
            <p class:absent=move || !has_owner.get()>{ready}</p>
        </div>
        <div class="stack">
            <div class:absent=has_owner>
                <ConnectWallet />
            </div>
            <p class="wallet" class:absent=move || !has_owner.get()>
                <img src=icon width="28" height="28" alt="" />
                <span translate="no" prop:textContent=name></span>
            </p>
        </div>
    }
}
