use leptos::{
    ev::Custom,
    prelude::*,
    web_sys::{CustomEvent, Event},
};
use leptos_use_event_listener::use_event_listener;

use super::{
    UseSmartAccount,
    derived::effect,
    wallet::{Wallet, announced},
};
use crate::platform::IS_BROWSER;

/// The wallets that the page's extensions announce ([EIP-6963](https://eips.ethereum.org/EIPS/eip-6963)), in the
/// order of their announcement; they may still come while the page lives. Where none does, the one behind
/// `window.ethereum`, named "Browser wallet".
///
/// What is announced is not trusted: an announcement that is not whole, or whose icon is no `data:` URI, is left
/// out, and the first of a `uuid` stays.
///
/// On the server there are none.
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
        Some(account) => account.wallets,
        None => discover(),
    }
}

/// Asks the page for its wallets, and listens as long as the current owner lives.
pub(super) fn discover() -> Signal<Vec<Wallet>> {
    let wallets = RwSignal::new(Vec::new());
    if !IS_BROWSER {
        return wallets.into();
    }
    let _ = use_event_listener(window(), Custom::new(ANNOUNCE), move |event: CustomEvent| {
        if let Some(wallet) = announced(&event) {
            wallets.try_update(|wallets| add(wallets, wallet));
        }
    });
    // Runs after the listener is there, and wallets answer at once.
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
