//! The client of one smart account: its services, its sessions and the actions on them.

mod balances;
mod call_gas;
mod cancel;
mod chain_clock;
mod change_root;
mod create_session;
mod deploy;
mod error;
mod facts;
mod fill;
mod hand_over;
mod import_sessions;
mod inclusion;
mod journal;
mod modules;
mod options;
mod pending;
mod quotes;
mod renew_session;
mod response;
mod revoke_session;
mod send;
mod services;
mod session_allows;
mod sessions;
mod sign;
mod speed_up;
mod status;
mod stubs;
#[cfg(test)]
mod testing;
mod token;
mod use_batch_session;
mod use_session;
mod wait;
mod watch;
mod wish;
mod withdraw;

use std::sync::Arc;

use alloy::primitives::{Address, Bytes, U256};
use futures::lock::Mutex;
use serde_json::json;

#[cfg(any(test, fuzzing))]
pub(crate) use self::journal::Journal;
pub use self::{
    balances::{Asset, Balance},
    cancel::Cancel,
    create_session::CreateSession,
    deploy::Deploy,
    error::Error,
    fill::Payment,
    options::{GasMargins, NonceLane, Options},
    pending::{PendingPayment, PendingUserOp, UserOpKind},
    quotes::GasEstimate,
    renew_session::RenewSession,
    response::UserOpResponse,
    revoke_session::RevokeSession,
    send::SendTransaction,
    services::Services,
    session_allows::Verdict,
    sessions::Sessions,
    speed_up::SpeedUp,
    status::UserOpStatus,
    token::TokenPayment,
    use_batch_session::UseBatchSession,
    use_session::UseSession,
    wait::Wait,
    withdraw::Withdraw,
};
use self::{change_root::sequence, facts::Facts, status::Stages};
use crate::{
    account::{self, Account, Owner},
    primitives::{Fees, UserOpDraft},
    session::{MemoryStore, SessionStore},
};

/// A smart account, its owner, the services it uses and the store of its sessions.
///
/// Cheap to clone; clones share one cache of chain state.
///
/// # Examples
///
/// ```
/// use alloy::signers::local::PrivateKeySigner;
/// use use_aa::{Services, SmartAccountClient};
///
/// let services = Services::new(80002, "http://127.0.0.1:8545/rpc")?;
/// let owner: PrivateKeySigner = "0xd012f4597a0e6165035202123b49142316cc86c5e5f3cf8d28fde4d27edd054c".parse()?;
/// let client = SmartAccountClient::new(services, owner);
/// assert_eq!(client.address().to_string(), "0x58F903f277EFeDF01CF6939f64Af3B657AC4a9Af");
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Clone, Debug)]
pub struct SmartAccountClient {
    address: Address,
    owner: Option<Arc<dyn Owner>>,
    /// The index of the account among the owner's accounts.
    index: u64,
    services: Services,
    store: Arc<dyn SessionStore>,
    facts: Arc<Facts>,
    /// The lock of operations that conflict: grants replace the account's one Merkle root, and only one
    /// operation can deploy the account.
    turns: Arc<Mutex<()>>,
    stages: Stages,
}

impl SmartAccountClient {
    /// Creates a client for the owner's first account. No request is made: the address follows from the
    /// owner's address.
    pub fn new(services: Services, owner: impl Owner + 'static) -> Self {
        let address = services.account_of(owner.address()).address();
        let client = Self::without_owner(services, address);
        Self {
            owner: Some(Arc::new(owner)),
            ..client
        }
    }

    /// Creates a client for an account whose address does not follow from its owner's, for example after a
    /// transfer of ownership. The account must be deployed.
    #[must_use]
    pub fn of_account(services: Services, owner: impl Owner + 'static, address: Address) -> Self {
        let client = Self::without_owner(services, address);
        client.facts.lock().deployed = true;
        Self {
            owner: Some(Arc::new(owner)),
            ..client
        }
    }

    /// Creates a client for an account without its owner. Such a client can use sessions and wait for
    /// operations.
    #[must_use]
    pub fn without_owner(services: Services, address: Address) -> Self {
        Self {
            address,
            owner: None,
            index: 0,
            services,
            store: Arc::new(MemoryStore::default()),
            facts: Arc::default(),
            turns: Arc::default(),
            stages: Stages::default(),
        }
    }

    /// Selects the account of the same owner at an index. The default is 0, the first account.
    ///
    /// A client without an owner keeps its account.
    #[must_use]
    pub fn index(self, index: u64) -> Self {
        let Some(owner) = self.owner() else { return self };
        let address = self.services.account_of(owner).index(index).address();
        Self {
            address,
            index,
            facts: Arc::default(),
            turns: Arc::default(),
            ..self
        }
    }

    /// Sets the store of the sessions. The default is a store in memory.
    #[must_use]
    pub fn store(mut self, store: Arc<dyn SessionStore>) -> Self {
        self.store = store;
        self
    }

    /// Returns the account's address, which is known before the account is deployed.
    #[must_use]
    pub const fn address(&self) -> Address {
        self.address
    }

    /// Returns the address of the account's owner, if the client has the owner.
    #[must_use]
    pub fn owner(&self) -> Option<Address> {
        self.owner.as_ref().map(Owner::address)
    }

    /// Returns the services that the account uses.
    #[must_use]
    pub const fn services(&self) -> &Services {
        &self.services
    }

    /// Prefetches the data that the next operation needs, so that the operation starts without further
    /// requests: fees, chain ids, deployment state, the Merkle root of the sessions and the paymaster's stub
    /// data.
    ///
    /// The fetched data is reused for 60 s. The keys of sessions that have ended are deleted from the store.
    ///
    /// # Errors
    ///
    /// [`Error`] when a service fails, or lives on another chain.
    pub async fn warm(&self) -> Result<(), Error> {
        let account = async {
            let (root, next) = match self.owner {
                Some(_) => {
                    let (account, ()) = futures::join!(self.on_chain(), self.services.look_at_newest_block());
                    let account = account?;
                    (account.root, sequence(account.nonce))
                }
                None => (self.root_on_chain().await?, 0),
            };
            // This may run a service's check for the account's deployment.
            self.warm_stub().await;
            // An unreadable store is reported by the call that needs it.
            if let Ok(book) = self.book().await {
                self.tidied(book, root, next).await;
            }
            Ok(())
        };
        let vault = async {
            match self.store.vault() {
                Some(vault) => Ok(vault.ready().await?),
                None => Ok(()),
            }
        };
        futures::try_join!(
            self.services.warm_fees(),
            self.services.check_chain(),
            account,
            vault
        )?;
        Ok(())
    }

    /// Fetches the paymaster's stub data, if it has any, with an operation that does nothing.
    async fn warm_stub(&self) {
        let deployed = self.facts.lock().deployed;
        let draft = UserOpDraft {
            sender: self.address,
            nonce: U256::ZERO,
            init_code: self.init_code(deployed),
            call_data: Bytes::new(),
            fees: Fees::default(),
            dummy_signature: account::dummy_signature(self.services.contracts.ecdsa_ownership),
        };
        self.services.learn_stub(&draft, &json!({})).await;
    }

    /// Returns the account derived from its owner, if the client has the owner.
    fn account(&self) -> Option<Account> {
        Some(self.services.account_of(self.owner()?).index(self.index))
    }

    fn signer(&self) -> Result<&Arc<dyn Owner>, Error> {
        self.owner.as_ref().ok_or(Error::NoOwner)
    }
}
