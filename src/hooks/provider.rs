use std::sync::Arc;

use alloy::primitives::Address;
use leptos::prelude::*;

use super::{
    Mutation, Query, UseSmartAccount,
    connection::Connection,
    derived::{effect, memo, optional},
    on_demand::OnDemand,
    use_wallets::discover,
    wallet::Wallet,
};
use crate::{
    AccountKind, AccountOwner, Services, SessionStore, SmartAccount, account::KindNotLoaded,
    platform::BoxFuture,
};

/// Provides the services and the connected smart account to the hooks of its children.
///
/// ```
/// use leptos::prelude::*;
/// use use_aa::{BiconomyV2, LocalStore, Services, SmartAccountProvider, use_smart_account};
///
/// #[component]
/// fn App(services: Services) -> impl IntoView {
///     view! {
///         <SmartAccountProvider services account=BiconomyV2::KIND store=LocalStore::new()>
///             <Account />
///         </SmartAccountProvider>
///     }
/// }
///
/// #[component]
/// fn Account() -> impl IntoView {
///     let account = use_smart_account();
///     move || account.address.get().map(|address| address.to_string())
/// }
/// ```
///
/// See [`provide_smart_account`] for what the provider stores and does.
#[allow(unreachable_pub, reason = "the macro writes a second function")]
#[component]
pub fn SmartAccountProvider(
    /// The chain's node, bundler and paymaster. When the signal changes, the account continues on the other chain.
    #[prop(into)]
    services: Signal<Services>,
    /// The kind of the account, or a `Signal` of a kind. When the signal changes, the connected wallet continues with
    /// its account of the other kind.
    account: impl AccountKind + 'static,
    /// The store of the sessions and of the last connection, such as a [`LocalStore`](super::LocalStore).
    #[prop(into)]
    store: Arc<dyn SessionStore>,
    /// The wallets that the app brings, beside those that browser extensions announce. The default is none.
    #[prop(optional, into)]
    wallets: Signal<Vec<Wallet>>,
    /// The components that may use the account.
    children: Children,
) -> impl IntoView {
    let _ = provide_smart_account(services, account, store).wallets(wallets);
    children()
}

/// Provides the services and the connected smart account to the hooks of this component and its children.
///
/// The account and the wallet's `rdns` are stored too. In a [`LocalStore`](super::LocalStore) they outlive the page,
/// and sessions work at once after a reload, without a wallet. When that wallet announces itself and still permits the
/// page to read its account, the wallet is reconnected without a prompt. When the user switches the wallet's account,
/// the client switches too. When the wallet is locked or disconnects, the account stays without an owner, until the wallet
/// is unlocked or reaches its chain again.
///
/// The kind of the account may be a `Signal`. When the signal changes, the connected wallet continues with its account of
/// the other kind. Without a wallet the page continues without an account, because the address of the other account is
/// not known.
///
/// When the page has a hook that sends operations, the data of the next operation is
/// [prefetched](crate::SmartAccountClient::warm) as soon as there is a client, and every 30 s while the page is
/// visible.
///
/// On the server nothing is stored or connected.
///
/// # Examples
///
/// Sessions that end with the page:
///
/// ```
/// use leptos::prelude::*;
/// use use_aa::{BiconomyV2, MemoryStore, Services, provide_smart_account};
///
/// #[component]
/// fn App(services: Services) -> impl IntoView {
///     let account = provide_smart_account(services, BiconomyV2::KIND, MemoryStore::default());
///     move || account.address.get().map(|address| address.to_string())
/// }
/// ```
pub fn provide_smart_account(
    services: impl Into<Signal<Services>>,
    account: impl AccountKind + 'static,
    store: impl Into<Arc<dyn SessionStore>>,
) -> UseSmartAccount {
    let connection = Connection::new(services.into(), Arc::new(account), store.into());
    effect(connection.follow_services());

    let (announced, brought) = (discover(), RwSignal::new(Signal::stored(Vec::new())));
    let wallets = Signal::derive(move || {
        let brought = brought.get().try_get().unwrap_or_default();
        [brought, announced.get()].concat()
    });
    let wallet_of_last_time = move || {
        let rdns = connection.wallet_of_last_time()?;
        wallets
            .get()
            .into_iter()
            .find(|wallet: &Wallet| wallet.rdns() == rdns)
    };
    let reconnect = Query::new(wallet_of_last_time, move |wallet| connection.reconnect(wallet));
    let connect = Mutation::new(move |wallet| connection.connect(wallet));

    let number = memo(Box::new(move || connection.number()));
    let client = optional(move || number.get().and_then(|_| connection.client().ok()));
    let account = UseSmartAccount {
        client,
        address: optional(move || client.with(|client| Some(client.as_ref()?.address()))),
        owner: optional(move || client.with(|client| client.as_ref()?.owner())),
        wallet: optional(move || number.get().and_then(|_| connection.wallet())),
        wallet_chain: memo(Box::new(move || connection.chain())).into(),
        is_loading: Signal::derive(move || connect.is_pending.get() || reconnect.is_fetching.get()),
        error: optional(move || connect.error.get().or_else(|| connection.unusable())),
        connect,
        disconnect: Callback::new(move |()| {
            connection.disconnect();
            connect.reset.run(());
        }),
        all_wallets: wallets,
        brought,
        sessions: OnDemand::new(),
        connection,
    };
    provide_context(account);
    account
}

/// A kind that may change.
impl<Kind: AccountKind + 'static> AccountKind for Signal<Kind> {
    fn name(&self) -> &'static str {
        self.with(AccountKind::name)
    }

    fn owned_by(&self, owner: Arc<dyn AccountOwner>) -> Arc<dyn SmartAccount> {
        self.with_untracked(|kind| kind.owned_by(owner))
    }

    fn at(&self, address: Address) -> Arc<dyn SmartAccount> {
        self.with_untracked(|kind| kind.at(address))
    }

    fn load(&self) -> Option<BoxFuture<'static, Result<(), KindNotLoaded>>> {
        self.with_untracked(AccountKind::load)
    }
}

#[cfg(test)]
mod tests;
