use std::{future::Future, mem, sync::Arc};

use alloy::primitives::Address;
use leptos::{
    prelude::*,
    reactive::{spawn, spawn_local},
};

use super::{
    remembered::Remembered,
    wallet::{self, Event, Wallet},
};
use crate::{Error, Owner, OwnerError, Services, SessionStore, SmartAccountClient, session::Subscription};

/// Whose smart account the page acts for. A copy is a handle on the same connection.
#[derive(Clone, Copy)]
pub(super) struct Connection {
    services: StoredValue<Services>,
    store: StoredValue<Arc<dyn SessionStore>>,
    current: RwSignal<Current>,
    /// How many attempts at a connection there were. Only the latest may change the state.
    attempts: StoredValue<u64>,
    /// How many clients there were.
    clients: StoredValue<u64>,
}

impl Connection {
    pub(super) fn new(services: Services, store: Arc<dyn SessionStore>) -> Self {
        Self {
            services: StoredValue::new(services),
            store: StoredValue::new(store),
            current: RwSignal::new(Current::default()),
            attempts: StoredValue::new(0),
            clients: StoredValue::new(0),
        }
    }

    pub(super) fn services(self) -> Result<Services, Error> {
        self.services.try_get_value().ok_or(Error::Disposed)
    }

    /// Does something whenever the store changes, as long as the subscription lasts.
    pub(super) fn subscribe(self, listener: impl Fn() + Send + Sync + 'static) -> Option<Subscription> {
        let store = self.store.try_get_value()?;
        store.subscribe(Arc::new(move |_| listener()))
    }

    /// The client, or why there is none. Not tracked.
    pub(super) fn client(self) -> Result<SmartAccountClient, Error> {
        let client = self
            .current
            .try_with_untracked(|current| Some(current.client()?.client.clone()));
        client.ok_or(Error::Disposed)?.ok_or(Error::NotConnected)
    }

    /// Tells one client from the next.
    pub(super) fn number(self) -> Option<u64> {
        self.current
            .with(|current| current.client().map(|client| client.number))
    }

    pub(super) fn wallet(self) -> Option<Wallet> {
        self.current
            .with(|current| current.owned().map(|owned| owned.wallet.clone()))
    }

    /// The chain the wallet is on.
    pub(super) fn chain(self) -> Option<u64> {
        self.current.with(|current| current.owned()?.chain)
    }

    /// The `rdns` of the wallet of last time, while it may be connected again by itself.
    pub(super) fn wallet_of_last_time(self) -> Option<String> {
        self.current.with(|current| match current {
            Current::Account { wallet, .. } => wallet.clone(),
            Current::Owner(_) | Current::Nobody => None,
        })
    }

    /// Goes on with the account of last time, if nothing has happened yet.
    pub(super) fn recall(self) {
        let Ok(services) = self.services() else { return };
        spawn_local(async move {
            let Some(Remembered { account, wallet }) = Remembered::recall(services.chain_id()).await else {
                return;
            };
            if let Ok(client) = self.without_owner(account) {
                let wallet = Some(wallet);
                self.enter(self.latest(0), Current::Account { client, wallet });
            }
        });
    }

    /// Connects a wallet, which asks the user.
    pub(super) fn connect(self, wallet: Wallet) -> impl Future<Output = Result<Address, Error>> + Send {
        let attempt = self.attempt();
        async move {
            let owner = wallet.connect().await?;
            self.enter_owned(attempt, wallet, owner).await
        }
    }

    /// Connects the wallet of last time, which asks nobody. Whatever the user does meanwhile comes first.
    pub(super) async fn reconnect(self, wallet: Wallet) -> Result<Address, Error> {
        let attempt = self.attempts.try_get_value().unwrap_or_default();
        let owner = wallet.reconnect().await?;
        self.enter_owned(attempt, wallet, owner).await
    }

    /// Forgets wallet and account. Sessions stay where they are kept.
    pub(super) fn disconnect(self) {
        // Whatever is under way comes too late.
        self.attempt();
        self.enter(|_| true, Current::Nobody);
        if let Ok(services) = self.services() {
            spawn_local(Remembered::forget(services.chain_id()));
        }
    }

    /// Begins another attempt at a connection.
    fn attempt(self) -> u64 {
        let attempt = self.attempts.try_update_value(|attempts| {
            *attempts += 1;
            *attempts
        });
        attempt.unwrap_or_default()
    }

    async fn enter_owned(
        self,
        attempt: u64,
        wallet: Wallet,
        owner: Arc<dyn Owner>,
    ) -> Result<Address, Error> {
        let client = self.with_owner(owner)?;
        let account = client.client.address();
        let (rdns, chain) = (wallet.rdns().to_owned(), wallet.chain_id());
        let subscription = wallet.subscribe(move |event| {
            // Not at once: the wallet is still speaking.
            spawn_local(async move { self.follow(attempt, event) });
        });
        let owned = Owned {
            attempt,
            client,
            wallet,
            chain: None,
            _subscription: subscription,
        };
        if !self.enter(self.latest(attempt), Current::Owner(Box::new(owned))) {
            return Err(OwnerError::Disconnected.into());
        }
        spawn(async move {
            // What the wallet told by itself meanwhile is newer.
            if let Some(chain) = chain.await {
                self.change(attempt, |owned| owned.chain = owned.chain.or(Some(chain)));
            }
        });
        self.remember(account, rdns).await;
        Ok(account)
    }

    /// Does what a wallet tells, while the connection is the one that this attempt led to.
    fn follow(self, attempt: u64, event: Event) {
        match event {
            Event::Account(Some(address)) => self.follow_owner(attempt, address),
            Event::Account(None) | Event::Disconnected => self.follow_end(attempt),
            Event::Chain(chain) => self.change(attempt, |owned| owned.chain = Some(chain)),
        }
    }

    fn follow_owner(self, attempt: u64, address: Address) {
        let wallet = self.owned(attempt, |owned| {
            let is_same = owned.client.client.owner() == Some(address);
            (!is_same).then(|| owned.wallet.clone())
        });
        let Some(wallet) = wallet else { return };
        let Ok(client) = self.with_owner(wallet.owner_at(address)) else {
            return;
        };
        spawn_local(self.remember(client.client.address(), wallet.rdns().to_owned()));
        self.change(attempt, |owned| owned.client = client);
    }

    /// The owner is gone; the account's sessions can still be used.
    fn follow_end(self, attempt: u64) {
        let Some(account) = self.owned(attempt, |owned| Some(owned.client.client.address())) else {
            return;
        };
        if let Ok(client) = self.without_owner(account) {
            self.enter(
                |current| current.is_of(attempt),
                Current::Account { client, wallet: None },
            );
        }
    }

    /// Whether an attempt is still the latest one.
    fn latest(self, attempt: u64) -> impl FnOnce(&Current) -> bool {
        move |_| self.attempts.try_get_value() == Some(attempt)
    }

    /// Another state, if it may be.
    fn enter(self, may: impl FnOnce(&Current) -> bool, next: Current) -> bool {
        let mut next = next;
        let entered = self.current.try_maybe_update(|current| {
            let may = may(current);
            if may {
                mem::swap(current, &mut next);
            }
            (may, may)
        });
        // The state that is not wanted ends here and not inside the signal, for it speaks with its wallet.
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

    fn with_owner(self, owner: Arc<dyn Owner>) -> Result<Numbered, Error> {
        self.numbered(SmartAccountClient::new(self.services()?, owner))
    }

    fn without_owner(self, account: Address) -> Result<Box<Numbered>, Error> {
        let client = SmartAccountClient::without_owner(self.services()?, account);
        self.numbered(client).map(Box::new)
    }

    fn numbered(self, client: SmartAccountClient) -> Result<Numbered, Error> {
        let store = self.store.try_get_value().ok_or(Error::Disposed)?;
        let number = self.clients.try_update_value(|clients| {
            *clients += 1;
            *clients
        });
        Ok(Numbered {
            number: number.ok_or(Error::Disposed)?,
            client: client.store(store),
        })
    }

    async fn remember(self, account: Address, wallet: String) {
        if let Ok(services) = self.services() {
            let remembered = Remembered { account, wallet };
            remembered.keep(services.chain_id()).await;
        }
    }
}

/// A client and how many there were up to it.
struct Numbered {
    number: u64,
    client: SmartAccountClient,
}

#[derive(Default)]
enum Current {
    /// No account is known.
    #[default]
    Nobody,
    /// The account is known and its sessions can be used; its owner is not here.
    Account {
        client: Box<Numbered>,
        /// The `rdns` of the wallet that may be connected again by itself.
        wallet: Option<String>,
    },
    /// The account's owner is here.
    Owner(Box<Owned>),
}

impl Current {
    const fn client(&self) -> Option<&Numbered> {
        match self {
            Self::Nobody => None,
            Self::Account { client, .. } => Some(client),
            Self::Owner(owned) => Some(&owned.client),
        }
    }

    const fn owned(&self) -> Option<&Owned> {
        if let Self::Owner(owned) = self {
            Some(owned)
        } else {
            None
        }
    }

    fn is_of(&self, attempt: u64) -> bool {
        self.owned().is_some_and(|owned| owned.attempt == attempt)
    }
}

struct Owned {
    /// The attempt that led here.
    attempt: u64,
    client: Numbered,
    wallet: Wallet,
    chain: Option<u64>,
    /// Held so that the wallet's events arrive.
    _subscription: Option<wallet::Subscription>,
}
