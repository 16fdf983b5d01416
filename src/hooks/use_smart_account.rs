use std::fmt;

use alloy::primitives::Address;
use leptos::prelude::*;

use super::{
    Mutation, connection::Connection, on_demand::OnDemand, use_sessions::SharedSessions, wallet::Wallet,
};
use crate::{Error, SmartAccountClient};

/// Returns the page's smart account, and the actions that connect and disconnect a wallet.
///
/// On the server there is no account: `is_loading` is `false` and the other signals are `None`.
///
/// # Panics
///
/// Without a [`SmartAccountProvider`](super::SmartAccountProvider) above. [`try_use_smart_account`] returns `None`
/// there.
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
    match try_use_smart_account() {
        Some(account) => account,
        None => panic!(
            "no smart account is provided; put the component inside a `SmartAccountProvider`, or call \
             `provide_smart_account` above it"
        ),
    }
}

/// Returns the page's smart account, or `None` without a [`SmartAccountProvider`](super::SmartAccountProvider) above.
///
/// # Examples
///
/// A part of a page that works with an account and without one:
///
/// ```
/// use leptos::prelude::*;
/// use use_aa::try_use_smart_account;
///
/// #[component]
/// fn Address() -> impl IntoView {
///     let account = try_use_smart_account();
///     move || account?.address.get().map(|address| address.to_string())
/// }
/// ```
#[must_use]
pub fn try_use_smart_account() -> Option<UseSmartAccount> {
    use_context()
}

/// The page's smart account, as [`use_smart_account`] returns it.
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
    /// The account's client, which offers all that the hooks do, and more. A client without an owner can use the
    /// account's sessions.
    pub client: Signal<Option<SmartAccountClient>>,
    /// The account's address.
    pub address: Signal<Option<Address>>,
    /// The address of the account's owner, while a wallet is connected.
    pub owner: Signal<Option<Address>>,
    /// The connected wallet.
    pub wallet: Signal<Option<Wallet>>,
    /// The chain id of the wallet, if the wallet tells one. The wallet only signs, so its chain may differ from the
    /// account's.
    pub wallet_chain: Signal<Option<u64>>,
    /// True while a wallet is being connected or reconnected. A wallet that does not answer after a reload is waited for
    /// 10 s; its later answer still connects it.
    pub is_loading: Signal<bool>,
    /// The error of the latest connection attempt, or else of unusable services, for example services of another
    /// chain.
    pub error: Signal<Option<Error>>,
    /// Connects a wallet, which asks the user, and returns the account's address.
    pub connect: Mutation<Wallet, Address>,
    /// Disconnects the wallet and the account. The sessions stay in their store.
    pub disconnect: Callback<()>,
    pub(super) all_wallets: Signal<Vec<Wallet>>,
    /// The wallets that the app brings.
    pub(super) brought: RwSignal<Signal<Vec<Wallet>>>,
    /// The query that all components with the sessions share.
    pub(super) sessions: OnDemand<SharedSessions>,
    pub(super) connection: Connection,
}

impl UseSmartAccount {
    /// Sets the wallets that the app brings, beside those that browser extensions announce. The wallet that was
    /// connected last is reconnected after a reload, as soon as the signal holds that wallet. The default is none.
    ///
    /// # Examples
    ///
    /// ```
    /// use leptos::prelude::*;
    /// use use_aa::{BiconomyV2, LocalStore, Services, Wallet, provide_smart_account};
    ///
    /// #[component]
    /// fn App(services: Services, passkey: Wallet) -> impl IntoView {
    ///     let account = provide_smart_account(services, BiconomyV2::KIND, LocalStore::new()).wallets(vec![passkey]);
    ///     move || account.address.get().map(|address| address.to_string())
    /// }
    /// ```
    #[must_use]
    pub fn wallets(self, wallets: impl Into<Signal<Vec<Wallet>>>) -> Self {
        self.brought.set(wallets.into());
        self
    }

    /// Returns the account, and its owner if available. `None` while a wallet is being connected, because
    /// estimates for an undeployed account need the owner.
    pub(super) fn settled(self) -> Option<(AccountOnChain, Option<Address>)> {
        match self.is_loading.get() {
            true => None,
            false => Some((self.on_chain()?, self.owner.get())),
        }
    }

    /// Returns the account and its chain, which together are the key of what is read of the account. The account has
    /// the same address on other chains.
    pub(super) fn on_chain(self) -> Option<AccountOnChain> {
        self.client.with(|client| {
            let client = client.as_ref()?;
            Some((client.address(), client.services().chain_id()))
        })
    }
}

/// The address of an account, and the id of the chain.
pub(super) type AccountOnChain = (Address, u64);

impl fmt::Debug for UseSmartAccount {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("UseSmartAccount")
            .field("address", &self.address.try_get_untracked().flatten())
            .field("owner", &self.owner.try_get_untracked().flatten())
            .finish_non_exhaustive()
    }
}

#[cfg(test)]
mod tests {

    use super::*;
    use crate::{
        BiconomyV2, MemoryStore, Services,
        hooks::{provide_smart_account, testing::with_owner},
    };

    #[test]
    fn account_is_there_below_a_provider_alone() {
        with_owner(|owner| {
            let services = Services::new(80002, "http://127.0.0.1:1").unwrap();
            let is_there = || try_use_smart_account().is_some();

            let below = owner.child().with(|| {
                provide_smart_account(services, BiconomyV2::KIND, MemoryStore::default());
                (is_there(), Owner::new().with(is_there))
            });

            assert_eq!((is_there(), below), (false, (true, true)));
        });
    }
}
