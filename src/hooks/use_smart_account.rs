use std::fmt;

use alloy::primitives::Address;
use leptos::prelude::*;

use super::{Mutation, Query, connection::Connection, wallet::Wallet};
use crate::{Error, Sessions, SmartAccountClient};

/// The smart account that the page acts for, and how to connect another.
///
/// On the server there is none: `is_loading` is `false` and the rest `None`.
///
/// # Panics
///
/// Without a [`SmartAccountProvider`](super::SmartAccountProvider) above.
///
/// # Examples
///
/// ```
/// use leptos::prelude::*;
/// use use_aa::{UseSmartAccount, use_smart_account};
///
/// #[component]
/// fn Account() -> impl IntoView {
///     let UseSmartAccount { address, disconnect, .. } = use_smart_account();
///     view! {
///         <output>{move || address.get().map(|address| address.to_string())}</output>
///         <button on:click=move |_| disconnect.run(())>"Disconnect"</button>
///     }
/// }
/// ```
#[must_use]
#[track_caller]
pub fn use_smart_account() -> UseSmartAccount {
    match use_context() {
        Some(account) => account,
        None => panic!(
            "there is no smart account here: put the component inside a `SmartAccountProvider`, or call \
             `provide_smart_account` above it"
        ),
    }
}

/// What [`use_smart_account`] returns.
///
/// # Examples
///
/// ```
/// use leptos::prelude::*;
/// use use_aa::{UseSmartAccount, use_smart_account};
///
/// #[component]
/// fn Connection() -> impl IntoView {
///     let UseSmartAccount { owner, is_loading, error, .. } = use_smart_account();
///     move || match (owner.get(), error.get()) {
///         _ if is_loading.get() => "Connecting".to_owned(),
///         (_, Some(error)) => error.to_string(),
///         (Some(owner), None) => format!("{owner} signs"),
///         (None, None) => "Sessions work without a wallet".to_owned(),
///     }
/// }
/// ```
#[derive(Clone, Copy)]
#[non_exhaustive]
pub struct UseSmartAccount {
    /// The account's client: all that the hooks do and more. Without an owner it can use the account's sessions.
    pub client: Signal<Option<SmartAccountClient>>,
    /// The account's address.
    pub address: Signal<Option<Address>>,
    /// The address of the account's owner, while a wallet is connected.
    pub owner: Signal<Option<Address>>,
    /// The wallet that is connected.
    pub wallet: Signal<Option<Wallet>>,
    /// The chain that the wallet is on. It need not be the account's: the wallet only signs.
    pub wallet_chain: Signal<Option<u64>>,
    /// Whether a wallet is being connected, by the user or again by itself.
    pub is_loading: Signal<bool>,
    /// Why connecting failed, or else why the services cannot be used, as when they are on another chain.
    pub error: Signal<Option<Error>>,
    /// Connects a wallet, which asks the user, and answers with the account's address.
    pub connect: Mutation<Wallet, Address>,
    /// Forgets wallet and account. The sessions stay in their store.
    pub disconnect: Callback<()>,
    pub(super) wallets: Signal<Vec<Wallet>>,
    pub(super) sessions: Query<Sessions>,
    /// How many components look at the sessions.
    pub(super) watching_sessions: RwSignal<usize>,
    pub(super) connection: Connection,
}

impl UseSmartAccount {
    /// The account and its owner, if at hand. None while a wallet is being connected: without its owner an account that
    /// is not deployed can be asked nothing.
    pub(super) fn settled(self) -> Option<(Address, Option<Address>)> {
        match self.is_loading.get() {
            true => None,
            false => Some((self.address.get()?, self.owner.get())),
        }
    }
}

impl fmt::Debug for UseSmartAccount {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("UseSmartAccount")
            .field("address", &self.address.try_get_untracked().flatten())
            .field("owner", &self.owner.try_get_untracked().flatten())
            .finish_non_exhaustive()
    }
}
