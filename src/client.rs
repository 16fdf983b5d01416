//! The client of one smart account: its services, its sessions and the actions on them.

mod balances;
mod cancel;
mod change_sessions;
mod create_session;
mod deploy;
mod import_sessions;
mod migrate;
mod modules;
mod observed;
mod quotes;
mod renew_session;
mod request;
mod response;
mod revoke_session;
mod send;
mod session_allowance;
mod session_allows;
mod session_call;
mod session_grant;
mod session_requirements;
mod sessions;
mod sign;
mod speed_up;
#[cfg(test)]
pub(crate) mod testing;
mod use_session;
mod wait;
mod withdraw;

use std::{fmt, sync::Arc};

use alloy::primitives::{Address, Bytes, U256};

pub use self::{
    cancel::Cancel,
    create_session::CreateSession,
    deploy::Deploy,
    migrate::{LeftBehind, Migrate},
    quotes::GasEstimate,
    renew_session::RenewSession,
    request::{AnyLane, Request},
    response::UserOpResponse,
    revoke_session::RevokeSession,
    send::SendTransaction,
    session_allows::Verdict,
    session_grant::SessionGrant,
    sessions::Sessions,
    speed_up::SpeedUp,
    use_session::UseSession,
    withdraw::Withdraw,
};
#[cfg(feature = "hooks")]
pub(crate) use crate::pipeline::Cancellation;
use crate::{
    account::SmartAccount,
    error::{Error, ErrorKind},
    pipeline::{ChainCache, NonceLane, Payment, Pipeline, Stages, UserOpOptions, sequence},
    platform::Json,
    primitives::{Fees, UserOpDraft},
    services::Services,
    signer::AccountOwner,
    store::{MemoryStore, SessionStore},
    tracking::{Journals, Tracker, UserOpStatus},
};

/// A smart account, its owner, the services it uses and the store of its sessions.
///
/// Cheap to clone; clones share one cache of chain state.
///
/// # Examples
///
/// ```
/// use alloy::signers::local::PrivateKeySigner;
/// use use_aa::{BiconomyV2, Services, SmartAccountClient};
///
/// let services = Services::new(80002, "http://127.0.0.1:8545/rpc")?;
/// let owner: PrivateKeySigner = "0xd012f4597a0e6165035202123b49142316cc86c5e5f3cf8d28fde4d27edd054c".parse()?;
/// let client = SmartAccountClient::new(services, BiconomyV2::owned_by(owner));
/// assert_eq!(client.address().to_string(), "0x58F903f277EFeDF01CF6939f64Af3B657AC4a9Af");
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Clone)]
pub struct SmartAccountClient {
    // One pointer: hooks clone the client, and move it into futures.
    pub(crate) pipeline: Arc<Pipeline>,
}

impl SmartAccountClient {
    /// Creates a client for an account. No request is made.
    pub fn new(services: Services, account: impl SmartAccount + 'static) -> Self {
        Self::of(services, Arc::new(account))
    }

    /// Creates a client for an account that is shared.
    #[must_use]
    pub fn of(services: Services, account: Arc<dyn SmartAccount>) -> Self {
        Self::over(services, account, Arc::new(MemoryStore::default()))
    }

    /// Creates a client for a shared account over a store. [`of`](Self::of) links a store in memory.
    pub(crate) fn over(
        services: Services,
        account: Arc<dyn SmartAccount>,
        store: Arc<dyn SessionStore>,
    ) -> Self {
        Self::with(services, account, store, Stages::default())
    }

    fn with(
        services: Services,
        account: Arc<dyn SmartAccount>,
        store: Arc<dyn SessionStore>,
        stages: Stages,
    ) -> Self {
        let entry_point = account.entry_point(services.chain_id());
        let services = services.serving(entry_point);
        let cache = Arc::<ChainCache>::default();
        cache.lock().deployed = account.is_deployed();
        let journal = Journals::new(services.entry_point, account.address(), Arc::clone(&store));
        let tracker = Tracker::new(services.clone(), journal);
        let pipeline = Pipeline {
            account,
            services,
            store,
            tracker,
            cache,
            locks: Arc::default(),
            stages,
        };
        Self {
            pipeline: Arc::new(pipeline),
        }
    }

    /// Selects the account of the same owner at an index. The default is 0, the first account.
    ///
    /// # Errors
    ///
    /// [`ErrorKind::NoOwner`] when the account's address does not follow from an owner that the client has.
    pub fn index(self, index: u64) -> Result<Self, Error> {
        let Pipeline {
            account,
            services,
            store,
            stages,
            ..
        } = Arc::unwrap_or_clone(self.pipeline);
        let account = account
            .at_index(index)
            .ok_or_else(|| Error::from(ErrorKind::NoOwner))?;
        Ok(Self::with(services, account, store, stages))
    }

    /// Sets the store of the sessions. The default is a store in memory.
    #[must_use]
    pub fn store(self, store: Arc<dyn SessionStore>) -> Self {
        let Pipeline {
            account,
            services,
            stages,
            ..
        } = Arc::unwrap_or_clone(self.pipeline);
        Self::with(services, account, store, stages)
    }

    /// Sets a listener for the stages of each operation that this client sends, from
    /// [`UserOpStatus::Building`] to [`UserOpStatus::Pending`]. Clones that were made before have no
    /// listener. The default is none.
    ///
    /// # Examples
    ///
    /// ```no_run
    /// # use use_aa::{Error, SendTransaction, SmartAccountClient};
    /// # async fn send(client: SmartAccountClient, request: SendTransaction) -> Result<(), Error> {
    /// let told = client.on_stage(|status| println!("{status:?}"));
    /// told.send(request).await?;
    /// # Ok(())
    /// # }
    /// ```
    #[must_use]
    pub fn on_stage(mut self, listener: impl Fn(UserOpStatus) + Send + Sync + 'static) -> Self {
        Arc::make_mut(&mut self.pipeline).stages = Stages::new(listener);
        self
    }

    /// Sets the cancellation of the requests that this client makes. The default is none.
    #[cfg(feature = "hooks")]
    pub(crate) fn cancelled_by(mut self, cancellation: Cancellation) -> Self {
        Arc::make_mut(&mut self.pipeline).stages.cancellation = cancellation;
        self
    }

    /// Returns the account's address, which is known before the account is deployed.
    #[must_use]
    pub fn address(&self) -> Address {
        self.pipeline.account.address()
    }

    /// Returns the address of the account's owner, if the client has the owner.
    #[must_use]
    pub fn owner(&self) -> Option<Address> {
        self.pipeline.account.owner().map(AccountOwner::address)
    }

    /// Returns the services that the account uses.
    #[must_use]
    pub fn services(&self) -> &Services {
        &self.pipeline.services
    }

    /// Prefetches the data that the next operation needs, so that the operation starts without further
    /// requests: fees, chain ids, deployment state, the sessions on chain and the paymaster's stub
    /// data.
    ///
    /// The fetched data is reused for 60 s. The keys of sessions that have ended are deleted from the store.
    ///
    /// # Errors
    ///
    /// [`Error`] when a service fails, or lives on another chain, or the owner is a contract.
    pub async fn warm(&self) -> Result<(), Error> {
        let account = async {
            let (state, next) = match self.pipeline.account.owner() {
                Some(_) => {
                    let (account, ()) =
                        futures::join!(self.observe(), self.pipeline.services.fetch_newest_block());
                    let account = account?;
                    (account.sessions.clone(), sequence(account.nonce))
                }
                None => (self.pipeline.sessions_on_chain().await?, 0),
            };
            // This may run a service's check for the account's deployment.
            self.warm_stub().await;
            // An unreadable store is reported by the call that needs it.
            if let Ok(ledger) = self.pipeline.ledger().await {
                self.pipeline.tidied(ledger, &state, next).await;
            }
            Ok(())
        };
        let vault = async {
            match self.pipeline.store.vault() {
                Some(vault) => Ok(vault.ready().await?),
                None => Ok(()),
            }
        };
        futures::try_join!(
            self.pipeline.services.warm_fees(),
            self.pipeline.services.check_chain(),
            self.pipeline.refuse_contract_owner(),
            account,
            vault
        )?;
        Ok(())
    }

    /// Fetches the paymaster's stub data, if it has any, with an operation that does nothing.
    async fn warm_stub(&self) {
        let deployed = self.pipeline.cache.lock().deployed;
        let draft = UserOpDraft {
            sender: self.address(),
            nonce: U256::ZERO,
            deployment: self.pipeline.deployment(deployed),
            call_data: Bytes::new(),
            fees: Fees::default(),
            dummy_signature: self.pipeline.account.dummy_signature(),
        };
        self.pipeline.services.fetch_stub(&draft, &Json::object([])).await;
    }

    fn signer(&self) -> Result<&Arc<dyn AccountOwner>, Error> {
        self.pipeline
            .account
            .owner()
            .ok_or_else(|| Error::from(ErrorKind::NoOwner))
    }
}

impl fmt::Debug for SmartAccountClient {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("SmartAccountClient")
            .field("address", &self.address())
            .field("services", &self.pipeline.services)
            .finish_non_exhaustive()
    }
}
