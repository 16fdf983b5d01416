use leptos::{prelude::*, web_sys::Event};

use super::{
    UseSmartAccount,
    derived::effect,
    wallet::{Wallet, announced},
};
use crate::platform::IS_BROWSER;

/// Returns the wallets that the app brings to the provider, and those that browser extensions announce
/// ([EIP-6963](https://eips.ethereum.org/EIPS/eip-6963)), in the order of their announcements. New wallets may appear
/// while the page lives. Without an announcement, the list holds the provider at `window.ethereum`, named "Browser
/// wallet".
///
/// Announcements are not trusted: an incomplete announcement, or one whose icon is not a `data:` URI, is ignored. Of
/// several announcements with the same `uuid` the first is kept.
///
/// On the server the list is empty.
///
/// # Examples
///
/// ```
/// use leptos::prelude::*;
/// use use_aa::{Wallet, use_smart_account, use_wallets};
///
/// #[component]
/// fn Connect() -> impl IntoView {
///     let (account, wallets) = (use_smart_account(), use_wallets());
///     let choice = move |wallet: Wallet| {
///         let name = wallet.name().to_owned();
///         view! { <button on:click=move |_| account.connect.mutate.run(wallet.clone())>{name}</button> }
///     };
///     move || wallets.get().into_iter().map(choice).collect_view()
/// }
/// ```
#[must_use]
pub fn use_wallets() -> Signal<Vec<Wallet>> {
    match use_context::<UseSmartAccount>() {
        Some(account) => account.all_wallets,
        None => discover(),
    }
}

/// Requests announcements from the page's wallets, and listens for them until the current reactive owner is disposed.
pub(super) fn discover() -> Signal<Vec<Wallet>> {
    let wallets = RwSignal::new(Vec::new());
    if !IS_BROWSER {
        return wallets.into();
    }
    let listener = window_event_listener_untyped(ANNOUNCE, move |event| {
        if let Some(wallet) = announced(&event) {
            wallets.try_update(|wallets| add(wallets, wallet));
        }
    });
    on_cleanup(move || listener.remove());
    // Wallets answer the request synchronously.
    effect(move || {
        if let Ok(request) = Event::new(REQUEST) {
            let _ = window().dispatch_event(&request);
        }
        if wallets.with_untracked(Vec::is_empty) {
            wallets.update(|wallets| wallets.extend(Wallet::fallback()));
        }
    });
    wallets.into()
}

const ANNOUNCE: &str = "eip6963:announceProvider";
const REQUEST: &str = "eip6963:requestProvider";

fn add(wallets: &mut Vec<Wallet>, wallet: Wallet) {
    wallets.retain(|known| !known.is_fallback());
    if !wallets.contains(&wallet) {
        wallets.push(wallet);
    }
}
