mod current;
mod events;
mod restored;

use std::{future::Future, mem, pin::pin, sync::Arc, time::Duration};

use alloy::primitives::Address;
use futures::{
    FutureExt,
    future::{Either, select},
};
use leptos::{
    prelude::*,
    reactive::{spawn, spawn_local},
};

use self::current::{Current, Numbered, Owned};
use super::{
    on_demand::OnDemand,
    wallet::{self, Wallet},
    warm_up::WarmUp,
};
use crate::{
    AccountKind, AccountOwner, Error, ErrorKind, OwnerError, Services, SessionStore, SmartAccount,
    SmartAccountClient,
    account::KindNotLoaded,
    platform::{self, BoxFuture},
    store::Subscription,
};

/// The page's connection to a wallet and its smart account. Copies are handles to the same connection.
#[derive(Clone, Copy)]
pub(super) struct Connection {
    services: Signal<Services>,
    kind: StoredValue<Arc<dyn AccountKind>>,
    store: StoredValue<Arc<dyn SessionStore>>,
    current: RwSignal<Current>,
    /// The subscription to the events of the latest wallet, which may be locked and unlocked again.
    heard: StoredValue<Option<wallet::Subscription>>,
    counts: StoredValue<Counts>,
    warm_up: OnDemand<WarmUp>,
    /// The error of the prefetched data, while the account has never been usable.
    unusable: RwSignal<Option<Error>>,
}

/// The counters of a connection.
#[derive(Clone, Copy, Default)]
struct Counts {
    /// The number of connection attempts. Only the latest attempt may change the state.
    attempts: u64,
    /// The number of changes of the services. What was read for other services is not used.
    changes: u64,
    /// The number of clients.
    clients: u64,
    /// True after the user has disconnected, until the next connection attempt.
    has_disconnected: bool,
    /// True after the wallet could no longer reach a chain, until the wallet reaches one.
    is_offline: bool,
}

impl Connection {
    pub(super) fn new(
        services: Signal<Services>,
        kind: Arc<dyn AccountKind>,
        store: Arc<dyn SessionStore>,
    ) -> Self {
        Self {
            services,
            kind: StoredValue::new(kind),
            store: StoredValue::new(store),
            current: RwSignal::new(Current::default()),
            heard: StoredValue::new(None),
            counts: StoredValue::new(Counts::default()),
            warm_up: OnDemand::new(),
            unusable: RwSignal::new(None),
        }
    }

    /// Prefetches the data of the next operation from now on, for a hook that sends operations.
    pub(super) fn warm_up(self) {
        self.warm_up.get(|| WarmUp::new(self, self.unusable));
    }

    /// Returns the error because of which no operation can be sent, if known. The error is tracked.
    pub(super) fn unusable(self) -> Option<Error> {
        self.unusable.get()
    }

    pub(super) fn services(self) -> Result<Services, Error> {
        self.services
            .try_get_untracked()
            .ok_or_else(|| Error::from(ErrorKind::Disposed))
    }

    /// Returns the chain id of the services, untracked.
    fn chain_id(self) -> Result<u64, Error> {
        self.services
            .try_with_untracked(Services::chain_id)
            .ok_or_else(|| Error::from(ErrorKind::Disposed))
    }

    /// Subscribes to changes of the store, until the subscription is dropped.
    pub(super) fn subscribe(self, listener: impl Fn() + Send + Sync + 'static) -> Option<Subscription> {
        let store = self.store.try_get_value()?;
        store.subscribe(Arc::new(move |_| listener()))
    }

    /// Returns the client, untracked. Fails with [`ErrorKind::NotConnected`] if there is none.
    pub(super) fn client(self) -> Result<SmartAccountClient, Error> {
        let client = self
            .current
            .try_with_untracked(|current| Some(current.client()?.client.clone()));
        client
            .ok_or_else(|| Error::from(ErrorKind::Disposed))?
            .ok_or_else(|| Error::from(ErrorKind::NotConnected))
    }

    /// Returns the number that identifies the current client.
    pub(super) fn number(self) -> Option<u64> {
        self.current
            .with(|current| current.client().map(|client| client.number))
    }

    pub(super) fn wallet(self) -> Option<Wallet> {
        self.current
            .with(|current| current.owned().map(|owned| owned.wallet.clone()))
    }

    /// Returns the wallet's chain id, if known.
    pub(super) fn chain(self) -> Option<u64> {
        self.current.with(|current| current.owned()?.chain.flatten())
    }

    /// Returns the effect that restores the last connected account, and connects to other services or an account of
    /// another kind when they change.
    pub(super) fn follow_services(self) -> impl FnMut() + Send + Sync + 'static {
        let mut is_first = true;
        move || {
            self.services.track();
            // A kind that may change is tracked.
            let _ = self.kind().map(|kind| kind.name());
            match mem::replace(&mut is_first, false) {
                true => self.recall(),
                false => self.change_services(),
            }
        }
    }

    /// Replaces the client by one for the current services and kind. A connected wallet stays connected. Without a
    /// wallet the account stays if the chain and the kind are the same. Otherwise the account that was last connected
    /// takes its place, unless the user has disconnected.
    fn change_services(self) {
        let (Ok(chain_id), Ok(kind), Ok(loading)) = (self.chain_id(), self.kind_name(), self.loading())
        else {
            return;
        };
        self.count(|counts| counts.changes += 1);
        if let Some(loading) = loading {
            return spawn_local(async move {
                if loading.await.is_ok() {
                    self.change_services();
                }
            });
        }
        let owned = self.current.try_with_untracked(|current| {
            let owned = current.owned()?;
            Some((owned.attempt, owned.wallet.clone(), owned.client.client.owner()?))
        });
        if let Some((attempt, wallet, owner)) = owned.flatten() {
            return self.replace_owner(attempt, &wallet, owner);
        }
        let account = self.current.try_with_untracked(|current| {
            let Current::Account { client, wallet } = current else {
                return None;
            };
            let is_same = client.kind == kind && client.client.services().chain_id() == chain_id;
            is_same.then(|| (client.client.address(), wallet.clone()))
        });
        if let Some((account, wallet)) = account.flatten() {
            if let Ok(client) = self.without_owner(account) {
                self.enter(
                    |current| current.owned().is_none(),
                    Current::Account { client, wallet },
                );
            }
        } else if !self.counts().has_disconnected {
            self.enter(|current| current.owned().is_none(), Current::Disconnected);
            self.recall();
        }
    }

    /// Connects a wallet, which prompts the user.
    pub(super) fn connect(self, wallet: Wallet) -> impl Future<Output = Result<Address, Error>> + Send {
        let attempt = self.attempt();
        async move {
            // The code of the account loads while the wallet asks. The answer awaits it, or repeats it if it has failed.
            spawn(self.load().map(drop));
            let owner = wallet.connect().await?;
            self.enter_owned(attempt, wallet, owner).await
        }
    }

    /// Reconnects the last connected wallet, without a prompt. If the user connects or disconnects in the meantime,
    /// the user's action takes precedence.
    ///
    /// # Errors
    ///
    /// [`OwnerError::Unanswered`] after 10 s. A later answer, and the events of a wallet that is locked, still
    /// connect the wallet.
    pub(super) fn reconnect(self, wallet: Wallet) -> BoxFuture<'static, Result<Address, Error>> {
        Box::pin(async move {
            const PATIENCE: Duration = Duration::from_secs(10);

            let attempt = self.counts().attempts;
            self.hear(attempt, &wallet);
            let answer: BoxFuture<'static, _> = Box::pin(async move {
                let owner = wallet.reconnect().await?;
                // An event has connected the wallet in the meantime.
                match self.owned(attempt, |owned| Some(owned.client.client.address())) {
                    Some(account) => Ok(account),
                    None => self.enter_owned(attempt, wallet, owner).await,
                }
            });
            match select(answer, pin!(platform::sleep(PATIENCE))).await {
                Either::Left((result, _)) => result,
                Either::Right(((), answer)) => {
                    spawn(answer.map(drop));
                    Err(OwnerError::Unanswered.into())
                }
            }
        })
    }

    /// Disconnects the wallet and the account. Sessions stay in the store.
    pub(super) fn disconnect(self) {
        // This invalidates running attempts.
        self.attempt();
        self.enter(|_| true, Current::Disconnected);
        self.count(|counts| counts.has_disconnected = true);
        self.set_heard(None);
        self.forget();
    }

    /// Begins a new connection attempt, and returns its number.
    fn attempt(self) -> u64 {
        let counts = self.count(|counts| {
            counts.has_disconnected = false;
            counts.attempts += 1;
        });
        counts.attempts
    }

    fn counts(self) -> Counts {
        self.counts.try_get_value().unwrap_or_default()
    }

    fn count(self, change: fn(&mut Counts)) -> Counts {
        let counts = self.counts.try_update_value(|counts| {
            change(counts);
            *counts
        });
        counts.unwrap_or_default()
    }

    // One future for all callers.
    fn enter_owned(
        self,
        attempt: u64,
        wallet: Wallet,
        owner: Arc<dyn AccountOwner>,
    ) -> BoxFuture<'static, Result<Address, Error>> {
        Box::pin(async move {
            self.load().await?;
            let client = self.with_owner(owner)?;
            let (account, kind) = (client.client.address(), client.kind);
            let (rdns, chain) = (wallet.rdns().to_owned(), wallet.chain_id());
            let owned = Owned {
                attempt,
                client,
                wallet: wallet.clone(),
                chain: None,
            };
            if !self.enter(self.latest(attempt), Current::Owner(Box::new(owned))) {
                return Err(OwnerError::Disconnected.into());
            }
            self.hear(attempt, &wallet);
            spawn(async move {
                // What a `chainChanged` event has told in the meantime is newer.
                if let Some(chain) = chain.await {
                    self.change(attempt, |owned| owned.chain = owned.chain.or(Some(Some(chain))));
                }
            });
            self.remember(account, kind, rdns).await;
            Ok(account)
        })
    }

    /// Replaces the client by that of another address of the wallet, or by one for other services.
    fn replace_owner(self, attempt: u64, wallet: &Wallet, address: Address) {
        let Ok(client) = self.with_owner(wallet.owner_at(address)) else {
            return;
        };
        let (account, rdns) = (client.client.address(), wallet.rdns().to_owned());
        spawn_local(self.remember(account, client.kind, rdns));
        self.change(attempt, |owned| owned.client = client);
    }

    /// Returns a condition that checks whether an attempt is still the latest one.
    fn latest(self, attempt: u64) -> impl FnOnce(&Current) -> bool {
        move |_| self.counts().attempts == attempt
    }

    /// Enters another state, if the condition allows that. Returns true if the state was entered.
    fn enter(self, may: impl FnOnce(&Current) -> bool, next: Current) -> bool {
        let mut next = next;
        let entered = self.current.try_maybe_update(|current| {
            let may = may(current);
            if may {
                mem::swap(current, &mut next);
            }
            (may, may)
        });
        // The discarded state is dropped outside the signal, because its drop calls the wallet.
        drop(next);
        entered.unwrap_or_default()
    }

    fn change(self, attempt: u64, change: impl FnOnce(&mut Owned)) {
        self.current.try_maybe_update(|current| match current {
            Current::Owner(owned) if owned.attempt == attempt => (true, change(owned)),
            _ => (false, ()),
        });
    }

    fn owned<T>(self, attempt: u64, part: impl FnOnce(&Owned) -> Option<T>) -> Option<T> {
        let part = self.current.try_with_untracked(|current| {
            let owned = current.owned().filter(|owned| owned.attempt == attempt);
            owned.and_then(part)
        });
        part.flatten()
    }

    fn with_owner(self, owner: Arc<dyn AccountOwner>) -> Result<Numbered, Error> {
        let account = self.kind()?.owned_by(owner);
        self.numbered(account)
    }

    fn without_owner(self, account: Address) -> Result<Box<Numbered>, Error> {
        let account = self.kind()?.at(account);
        self.numbered(account).map(Box::new)
    }

    fn numbered(self, account: Arc<dyn SmartAccount>) -> Result<Numbered, Error> {
        let store = self
            .store
            .try_get_value()
            .ok_or_else(|| Error::from(ErrorKind::Disposed))?;
        Ok(Numbered {
            kind: self.kind_name()?,
            number: self.count(|counts| counts.clients += 1).clients,
            client: SmartAccountClient::over(self.services()?, account, store),
        })
    }

    fn kind(self) -> Result<Arc<dyn AccountKind>, Error> {
        self.kind
            .try_get_value()
            .ok_or_else(|| Error::from(ErrorKind::Disposed))
    }

    /// Loads the code of the account kind, if that is not there yet.
    async fn load(self) -> Result<(), Error> {
        match self.loading()? {
            Some(loading) => Ok(loading.await?),
            None => Ok(()),
        }
    }

    fn loading(self) -> Result<Option<BoxFuture<'static, Result<(), KindNotLoaded>>>, Error> {
        Ok(self.kind()?.load())
    }

    /// Returns the name of the kind, untracked.
    fn kind_name(self) -> Result<&'static str, Error> {
        let kind = self.kind()?;
        Ok(untrack(|| kind.name()))
    }
}
