use std::{sync::Arc, time::Duration};

use leptos::prelude::*;
use leptos_use_event_listener::use_event_listener;

use super::{
    LocalStore, Mutation, Query, UseSmartAccount,
    connection::Connection,
    derived::{effect, memo, optional},
    use_wallets::discover,
    wallet::Wallet,
};
use crate::{AccountKind, Error, Services, SessionStore, SmartAccountClient, platform::IS_BROWSER};

/// Provides the services and the connected smart account to the hooks of its children.
///
/// ```
/// use leptos::prelude::*;
/// use use_aa::{BiconomyV2, Services, SmartAccountProvider, use_smart_account};
///
/// #[component]
/// fn App(services: Services) -> impl IntoView {
///     view! {
///         <SmartAccountProvider services account=BiconomyV2::KIND>
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
    /// The chain's node, bundler and paymaster.
    services: Services,
    /// The kind of the account.
    account: impl AccountKind + 'static,
    /// The store of the sessions. The default is a [`LocalStore`].
    #[prop(optional)]
    store: Option<Arc<dyn SessionStore>>,
    /// The components that may use the account.
    children: Children,
) -> impl IntoView {
    let store = store.unwrap_or_else(|| Arc::new(LocalStore::new()));
    provide_smart_account(services, account, store);
    children()
}

/// Provides the services and the connected smart account to the hooks of this component and its children.
///
/// The account and the wallet's `rdns` are stored in the browser's [`LocalStore`], so that sessions work at once after
/// a reload, without a wallet. When that wallet announces itself and still permits the page to read its account, the
/// wallet is reconnected without a prompt. When the user switches the wallet's account, the client switches too. When
/// the wallet is locked or disconnects, the account stays without an owner.
///
/// The data of the next operation is [prefetched](SmartAccountClient::warm) as soon as there is a client, and every
/// 30 s while the page is visible.
///
/// On the server nothing is stored or connected.
///
/// # Examples
///
/// Sessions that end with the page:
///
/// ```
/// use std::sync::Arc;
/// use leptos::prelude::*;
/// use use_aa::{BiconomyV2, MemoryStore, Services, provide_smart_account};
///
/// #[component]
/// fn App(services: Services) -> impl IntoView {
///     let account = provide_smart_account(services, BiconomyV2::KIND, Arc::new(MemoryStore::default()));
///     move || account.address.get().map(|address| address.to_string())
/// }
/// ```
pub fn provide_smart_account(
    services: Services,
    account: impl AccountKind + 'static,
    store: Arc<dyn SessionStore>,
) -> UseSmartAccount {
    let connection = Connection::new(services, Arc::new(account), store);
    effect(move || connection.recall());

    let wallets = discover();
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
    let warm = Query::new(
        move || number.get(),
        move |_| async move { connection.client()?.warm().await },
    );
    keep_fetched(warm, Duration::from_secs(30));

    let watching_sessions = RwSignal::new(0_usize);
    let sessions = Query::new(
        move || client.with(|client| client.as_ref().map(SmartAccountClient::address)),
        move |_| async move { connection.client()?.sessions().await },
    );
    let sessions = sessions.enabled(Signal::derive(move || watching_sessions.get() > 0));
    keep_fetched(sessions, Duration::from_secs(15));
    follow_changes(connection, sessions);

    let account = UseSmartAccount {
        client,
        address: optional(move || client.with(|client| Some(client.as_ref()?.address()))),
        owner: optional(move || client.with(|client| client.as_ref()?.owner())),
        wallet: optional(move || number.get().and_then(|_| connection.wallet())),
        wallet_chain: memo(Box::new(move || connection.chain())).into(),
        is_loading: Signal::derive(move || connect.is_pending.get() || reconnect.is_fetching.get()),
        error: optional(move || connect.error.get().or_else(|| unusable(warm))),
        connect,
        disconnect: Callback::new(move |()| {
            connection.disconnect();
            connect.reset.run(());
        }),
        wallets,
        sessions,
        watching_sessions,
        connection,
    };
    provide_context(account);
    account
}

/// Returns the error of services that never worked. If the services worked before, the next request reports the error.
fn unusable(warm: Query<()>) -> Option<Error> {
    let was_usable = warm.data.get().is_some();
    warm.error.get().filter(|_| !was_usable)
}

/// Refetches a query at an interval while the page is visible, and when the page becomes visible.
pub(super) fn keep_fetched<Answer: Clone + Send + Sync + 'static>(query: Query<Answer>, age: Duration) {
    effect(move || {
        if !IS_BROWSER {
            return;
        }
        let again = move || {
            if !document().hidden() {
                query.refetch_old();
            }
        };
        if let Ok(timer) = set_interval_with_handle(again, age) {
            on_cleanup(move || timer.clear());
        }
        let _stop = use_event_listener(document(), leptos::ev::visibilitychange, move |_| again());
    });
}

/// Refetches a query when the store changes, in this tab or another.
pub(super) fn follow_changes<Answer: Clone + Send + Sync + 'static>(
    connection: Connection,
    query: Query<Answer>,
) {
    let has_changed = RwSignal::new(false);
    effect(move || {
        let subscription = connection.subscribe(move || {
            has_changed.try_set(true);
        });
        let subscription = StoredValue::new(subscription);
        on_cleanup(move || subscription.dispose());
    });
    effect(move || query.refetch_changed(has_changed));
}

#[cfg(test)]
mod tests;
