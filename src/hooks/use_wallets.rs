use std::time::Duration;

use leptos::{prelude::*, reactive::spawn_local, web_sys::Event};

use super::{
    UseSmartAccount,
    derived::effect,
    wallet::{Wallet, announced},
};
use crate::platform::{self, IS_BROWSER};

/// Returns the wallets that the app brings to the provider, and those that browser extensions announce
/// ([EIP-6963](https://eips.ethereum.org/EIPS/eip-6963)), in the order of their announcements. New wallets may appear
/// while the page lives. The provider at `window.ethereum` is listed last, as "Browser wallet", unless that provider
/// announces itself.
///
/// Announcements are not trusted: an announcement without a name, a `uuid` or a provider is ignored. Of several
/// announcements of one wallet the first is kept: those of the same provider, or of the same `uuid` and `rdns`. If two
/// wallets announce the same `uuid`, that of the second is changed.
///
/// On the server the list has the wallets that the app brings, so that the browser takes over the same list.
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
    let announcements = window_event_listener_untyped(ANNOUNCE, move |event| {
        if let Some(wallet) = announced(&event) {
            wallets.try_maybe_update(|wallets| (add(wallets, wallet), ()));
        }
    });
    let find = move || {
        wallets.try_maybe_update(|wallets| (add_fallback(wallets), ()));
    };
    let injections = [INJECTED, "focus"].map(|event| window_event_listener_untyped(event, move |_| find()));
    on_cleanup(move || {
        announcements.remove();
        injections.into_iter().for_each(|injection| injection.remove());
    });
    // Wallets answer the request synchronously.
    effect(move || {
        if let Ok(request) = Event::new(REQUEST) {
            let _ = window().dispatch_event(&request);
        }
        find();
        spawn_local(async move {
            for pause in LATE {
                platform::sleep(pause).await;
                find();
            }
        });
    });
    wallets.into()
}

const ANNOUNCE: &str = "eip6963:announceProvider";
const REQUEST: &str = "eip6963:requestProvider";
/// The event of a provider that is injected after the page has started.
const INJECTED: &str = "ethereum#initialized";
/// The pauses after which the page looks for a provider that was injected without an event: at 1, 3 and 10 s. Later the
/// page looks when the window gets the focus.
const LATE: [Duration; 3] = [
    Duration::from_secs(1),
    Duration::from_secs(2),
    Duration::from_secs(7),
];

/// Adds an announced wallet. Returns false if the wallet is listed already.
fn add(wallets: &mut Vec<Wallet>, wallet: Wallet) -> bool {
    let is_other = |known: &Wallet| *known == wallet && known.rdns() != wallet.rdns();
    let wallet = match wallets.iter().any(is_other) {
        true => wallet.distinguished(),
        false => wallet,
    };
    wallets.retain(|known| !(known.is_fallback() && known.has_provider_of(&wallet)));
    let is_new = !wallets
        .iter()
        .any(|known| *known == wallet || known.has_provider_of(&wallet));
    if is_new {
        let last = wallets.iter().position(Wallet::is_fallback);
        wallets.insert(last.unwrap_or(wallets.len()), wallet);
    }
    is_new
}

/// Adds the provider at `window.ethereum`. Returns false if there is none, or if the provider is listed already.
fn add_fallback(wallets: &mut Vec<Wallet>) -> bool {
    let is_new = |wallet: &Wallet| {
        !wallets
            .iter()
            .any(|known| known.is_fallback() || known.has_provider_of(wallet))
    };
    let found = Wallet::fallback().filter(is_new);
    let is_found = found.is_some();
    wallets.extend(found);
    is_found
}
