//! One account and the services it lives on: what can be done with it.

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

/// A smart account, whoever owns it, the services it lives on and the store of its sessions.
///
/// Cheap to clone; clones share what they learn about the chain.
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
    /// Which of the owner's accounts it is.
    index: u64,
    services: Services,
    store: Arc<dyn SessionStore>,
    facts: Arc<Facts>,
    /// Grants replace the account's one root, and only one operation can deploy it: those take turns.
    turns: Arc<Mutex<()>>,
    stages: Stages,
}

impl SmartAccountClient {
    /// The owner's first account. Asks nobody anything: the address follows from the owner's.
    pub fn new(services: Services, owner: impl Owner + 'static) -> Self {
        let address = services.account_of(owner.address()).address();
        let client = Self::without_owner(services, address);
        Self {
            owner: Some(Arc::new(owner)),
            ..client
        }
    }

    /// An account at an address that does not follow from its owner's, as after its ownership was transferred. It must
    /// be deployed.
    #[must_use]
    pub fn of_account(services: Services, owner: impl Owner + 'static, address: Address) -> Self {
        let client = Self::without_owner(services, address);
        client.facts.lock().deployed = true;
        Self {
            owner: Some(Arc::new(owner)),
            ..client
        }
    }

    /// An account whose owner is not at hand: its sessions can be used and its operations waited for.
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

    /// Another account of the same owner. The default is 0, the first one.
    ///
    /// An account whose owner is not at hand stays the one it is.
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

    /// Where sessions are kept. The default is in memory.
    #[must_use]
    pub fn store(mut self, store: Arc<dyn SessionStore>) -> Self {
        self.store = store;
        self
    }

    /// The account's address, also while it is not deployed.
    #[must_use]
    pub const fn address(&self) -> Address {
        self.address
    }

    /// The address of whoever signs for the account, if at hand.
    #[must_use]
    pub fn owner(&self) -> Option<Address> {
        self.owner.as_ref().map(Owner::address)
    }

    /// The services it lives on.
    #[must_use]
    pub const fn services(&self) -> &Services {
        &self.services
    }

    /// Learns what the next operation will need, so that it starts at once: fees, chain ids, what is deployed, the
    /// root of the sessions, the paymaster's stand-in. It lasts for a minute. The keys of sessions that have ended are
    /// forgotten.
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
            // A service may look at whether the account is deployed.
            self.warm_stub().await;
            // A store that cannot be read says so to whoever needs it.
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

    /// Learns the paymaster's stand-in, if it has one, with an operation that does nothing.
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

    /// The account as it follows from its owner, if at hand.
    fn account(&self) -> Option<Account> {
        Some(self.services.account_of(self.owner()?).index(self.index))
    }

    fn signer(&self) -> Result<&Arc<dyn Owner>, Error> {
        self.owner.as_ref().ok_or(Error::NoOwner)
    }
}
