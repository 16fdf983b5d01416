use std::{
    sync::{
        Arc, Mutex, PoisonError,
        atomic::{AtomicBool, AtomicU64, Ordering},
    },
    time::Duration,
};

use alloy::{
    primitives::{Address, B256, LogData, U256},
    sol_types::SolCall,
};

use super::{
    Error, Options,
    chain_clock::{ChainClock, Moment},
    stubs::Stubs,
};
#[cfg(doc)]
use crate::contracts::modules::TOKEN_PAYMASTER;
use crate::{
    account::Account,
    contracts::Contracts,
    platform,
    primitives::{EntryPoint, Fees},
    rpc::{
        Bundler, BundlerKind, Http, Node, Paymaster, PaymasterKind, Service, ServiceError, ServiceUrl,
        bundler_chain_id, paymaster_chain_id,
    },
    session::BatchDigest,
};

/// The services that the accounts of one chain use: a node, a bundler and, for sponsored operations, a paymaster.
///
/// Cheap to clone; clones share their cached fees.
///
/// # Examples
///
/// ```
/// use use_aa::{BundlerKind, PaymasterKind, Services};
///
/// let services = Services::new(80002, "http://127.0.0.1:8545/rpc")?
///     .bundler(BundlerKind::Standard, "http://127.0.0.1:8545/bundler")?
///     .paymaster(PaymasterKind::Erc7677, "http://127.0.0.1:8545/paymaster")?;
/// assert_eq!(services.chain_id(), 80002);
/// # Ok::<(), use_aa::Error>(())
/// ```
#[derive(Clone, Debug)]
pub struct Services {
    pub(super) entry_point: EntryPoint,
    pub(super) contracts: Contracts,
    pub(super) node: Node,
    pub(super) bundler: Bundler,
    pub(super) paymaster: Option<Paymaster>,
    /// The one contract that may sponsor operations, if it was set.
    pub(super) sponsor: Option<Address>,
    pub(super) most_cost: U256,
    known: Arc<Known>,
}

/// The cached data of the services.
#[derive(Debug, Default)]
struct Known {
    /// The fees, and the time when they were fetched.
    fees: Mutex<Option<(Fees, Duration)>>,
    chain_is_right: AtomicBool,
    /// The highest block number seen; 0 before any was.
    block: AtomicU64,
    clock: Mutex<ChainClock>,
    batch_digest: Mutex<BatchDigest>,
    stubs: Stubs,
}

impl Services {
    /// The maximum age of the fees of an operation: 60 s.
    pub(super) const FEES_LAST: Duration = Duration::from_secs(60);
    /// The maximum age of the fees after a warm-up: 20 s.
    const FEES_ARE_FRESH: Duration = Duration::from_secs(20);
    const ONE_COIN: u64 = 1_000_000_000_000_000_000;
    /// The maximum fee per unit of gas, in wei. A higher value is a mistake or a lie.
    const MOST_PER_GAS: u64 = 50_000_000_000_000;

    /// Creates the services of a chain with the URL of a node. Unless another bundler is set, the bundler has the same
    /// URL and the standard dialect. There is no paymaster.
    ///
    /// # Errors
    ///
    /// [`Error::Url`] when the text is not an HTTP URL.
    pub fn new(chain_id: u64, node: &str) -> Result<Self, Error> {
        let entry_point = EntryPoint::v0_6(chain_id);
        let url: ServiceUrl = node.parse()?;
        let node = Node::new(Http::new(url.clone()));
        let bundler = Bundler::new(BundlerKind::Standard, Http::new(url), entry_point);
        Ok(Self::over(node, bundler, None))
    }

    /// Creates the services from existing clients, for the bundler's chain and entry point. For tests.
    #[doc(hidden)]
    #[must_use]
    pub fn over(node: Node, bundler: Bundler, paymaster: Option<Paymaster>) -> Self {
        Self {
            entry_point: bundler.entry_point(),
            contracts: Contracts::BICONOMY,
            node,
            bundler,
            paymaster,
            sponsor: None,
            most_cost: U256::from(Self::ONE_COIN),
            known: Arc::default(),
        }
    }

    /// Sets the bundler.
    ///
    /// # Errors
    ///
    /// [`Error::Url`] when the text is not an HTTP URL, [`Error::WrongChain`] when the URL names another chain.
    pub fn bundler(mut self, kind: BundlerKind, url: &str) -> Result<Self, Error> {
        if kind == BundlerKind::Biconomy {
            self.expect_chain(Service::Bundler, bundler_chain_id(url))?;
        }
        self.bundler = Bundler::new(kind, Http::new(url.parse()?), self.entry_point);
        // Data cached from another bundler does not apply.
        self.known = Arc::default();
        Ok(self)
    }

    /// Sets the paymaster for sponsored operations.
    ///
    /// # Errors
    ///
    /// [`Error::Url`] when the text is not an HTTP URL, [`Error::WrongChain`] when the URL names another chain.
    pub fn paymaster(mut self, kind: PaymasterKind, url: &str) -> Result<Self, Error> {
        if kind == PaymasterKind::Biconomy {
            self.expect_chain(Service::Paymaster, paymaster_chain_id(url))?;
        }
        self.paymaster = Some(Paymaster::new(kind, Http::new(url.parse()?), self.entry_point));
        // This paymaster may not accept the stub data of another one.
        self.known = Arc::default();
        Ok(self)
    }

    /// Sets the one contract that may sponsor operations. By default every contract that the paymaster's service names
    /// is accepted, except [`TOKEN_PAYMASTER`], which would take the account's tokens.
    ///
    /// A compromised service could name another contract that takes the tokens which the account has approved for it.
    #[must_use]
    pub const fn paymaster_address(mut self, contract: Address) -> Self {
        self.sponsor = Some(contract);
        self
    }

    /// Sets the contracts of the accounts. The default is Biconomy's deployment.
    ///
    /// Another factory, implementation or ECDSA module gives the same owner another account address.
    #[must_use]
    pub fn contracts(mut self, contracts: Contracts) -> Self {
        self.contracts = contracts;
        // Data cached from another batch router does not apply.
        self.known = Arc::default();
        self
    }

    /// Sets the address of the entry point, whose version is 0.6. The default is [`EntryPoint::V0_6`].
    ///
    /// The bundler and the paymaster must support that entry point, and the account's implementation must match it.
    #[must_use]
    pub fn entry_point_at(mut self, address: Address) -> Self {
        self.entry_point.address = address;
        self.bundler = self.bundler.at(self.entry_point);
        self.paymaster = self.paymaster.map(|paymaster| paymaster.at(self.entry_point));
        // This entry point refuses the stub data of another one's paymaster.
        self.known = Arc::default();
        self
    }

    /// Sets the maximum cost of an operation whose gas the account pays itself, in wei. The default is 10^18, one coin.
    #[must_use]
    pub const fn most_cost(mut self, wei: U256) -> Self {
        self.most_cost = wei;
        self
    }

    /// Returns the chain id ([EIP-155](https://eips.ethereum.org/EIPS/eip-155)).
    #[must_use]
    pub const fn chain_id(&self) -> u64 {
        self.entry_point.chain_id
    }

    /// Returns the entry point of the operations.
    #[must_use]
    pub const fn entry_point(&self) -> EntryPoint {
        self.entry_point
    }

    pub(super) const fn account_of(&self, owner: Address) -> Account {
        Account::of(owner).contracts(self.contracts)
    }

    pub(super) fn paymaster_service(&self) -> Result<&Paymaster, Error> {
        self.paymaster.as_ref().ok_or(Error::NoPaymaster)
    }

    /// Returns true if a paymaster is configured, so that operations can be sponsored.
    #[must_use]
    pub const fn has_paymaster(&self) -> bool {
        self.paymaster.is_some()
    }

    /// Calls a function of a contract without a transaction (`eth_call`), and returns the decoded result.
    ///
    /// # Errors
    ///
    /// [`Error::Service`] when the node fails, or the contract reverts.
    pub async fn read<C: SolCall>(&self, contract: Address, call: &C) -> Result<C::Return, Error> {
        Ok(self.node.call(contract, call).await?)
    }

    /// Returns all logs of a contract, oldest first. See [`Node::logs`].
    ///
    /// # Errors
    ///
    /// [`Error::Service`] when the node fails, or refuses to search that far.
    pub async fn logs(&self, contract: Address, topics: &[Option<B256>]) -> Result<Vec<LogData>, Error> {
        Ok(self.node.logs(contract, topics).await?)
    }

    /// Returns the current fees per unit of gas, from the bundler if it reports fees, otherwise from the node. Fees are
    /// reused for 60 s.
    pub(super) async fn fees(&self) -> Result<Fees, Error> {
        self.fees_since(Self::FEES_LAST).await
    }

    /// Fetches the fees, unless they were fetched within the last 20 s.
    pub(super) async fn warm_fees(&self) -> Result<Fees, Error> {
        self.fees_since(Self::FEES_ARE_FRESH).await
    }

    async fn fees_since(&self, age: Duration) -> Result<Fees, Error> {
        if let Some(fees) = self.known_fees(age) {
            return Ok(fees);
        }
        let (fees, service) = match self.bundler.fees().await? {
            Some(fees) => (fees, Service::Bundler),
            None => (self.node.fees().await?, Service::Node),
        };
        Self::sensible_fees(service, fees)?;
        *self.fees_slot() = Some((fees, platform::monotonic()));
        Ok(fees)
    }

    /// Returns the fees of an operation: the current fees, but at least 10 % more than those of the operation that it
    /// replaces.
    pub(super) async fn fees_for(&self, options: &Options) -> Result<Fees, Error> {
        let now = self.fees().await?;
        let Some((_, replaced)) = options.replaces else {
            return Ok(now);
        };
        // Bundlers accept a replacement at the same nonce if both fees are 10 % higher.
        let more = |fee: U256| fee.saturating_add(fee.div_ceil(U256::from(10)));
        let fees = Fees {
            max_fee_per_gas: now.max_fee_per_gas.max(more(replaced.max_fee_per_gas)),
            max_priority_fee_per_gas: now
                .max_priority_fee_per_gas
                .max(more(replaced.max_priority_fee_per_gas)),
        };
        Self::sensible_fees(Service::Bundler, fees)?;
        Ok(fees)
    }

    fn sensible_fees(service: Service, fees: Fees) -> Result<(), Error> {
        let most = U256::from(Self::MOST_PER_GAS);
        if fees.max_fee_per_gas <= most {
            return Ok(());
        }
        Err(Error::Excessive {
            service,
            what: "a fee per gas, in wei,",
            found: fees.max_fee_per_gas,
            most,
        })
    }

    pub(super) fn stubs(&self) -> &Stubs {
        &self.known.stubs
    }

    pub(super) fn known_fees(&self, most: Duration) -> Option<Fees> {
        let (fees, learned) = (*self.fees_slot())?;
        let age = platform::monotonic().saturating_sub(learned);
        (age < most).then_some(fees)
    }

    fn fees_slot(&self) -> std::sync::MutexGuard<'_, Option<(Fees, Duration)>> {
        self.known.fees.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Returns the highest block number seen, if any.
    pub(super) fn known_block(&self) -> Option<u64> {
        let block = self.known.block.load(Ordering::Relaxed);
        (block > 0).then_some(block)
    }

    pub(super) fn note_block(&self, number: u64) {
        self.known.block.fetch_max(number, Ordering::Relaxed);
    }

    /// Returns the chain's time in seconds since 1970: this device's time, unless a block proves that to be too early.
    pub(super) fn now(&self) -> u64 {
        self.clock().now(Moment::now())
    }

    /// Returns the least time by which this device's clock is behind the chain's.
    pub(super) fn clock_lead(&self) -> Duration {
        self.clock().lead(Moment::now())
    }

    /// Updates the cache with the newest block. A failure is ignored, as nothing depends on the block.
    pub(super) async fn look_at_newest_block(&self) {
        if let Ok((number, time)) = self.node.newest_block().await {
            self.note_block(number);
            self.clock().see(time, Moment::now());
        }
    }

    /// Fetches the chain's time if no block has been seen.
    pub(super) async fn learn_time(&self) {
        let is_unknown = self.clock().is_unset();
        if is_unknown {
            self.look_at_newest_block().await;
        }
    }

    fn clock(&self) -> std::sync::MutexGuard<'_, ChainClock> {
        self.known.clock.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Returns the digest that the chain's batch router is known to verify, or the default one.
    pub(super) fn batch_digest(&self) -> BatchDigest {
        *self.batch_digest_slot()
    }

    pub(super) fn note_batch_digest(&self, digest: BatchDigest) {
        *self.batch_digest_slot() = digest;
    }

    fn batch_digest_slot(&self) -> std::sync::MutexGuard<'_, BatchDigest> {
        let digest = &self.known.batch_digest;
        digest.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Checks once that the node and the bundler are on the configured chain, and that the bundler supports the entry
    /// point.
    pub(super) async fn check_chain(&self) -> Result<(), Error> {
        if self.known.chain_is_right.load(Ordering::Relaxed) {
            return Ok(());
        }
        let asked = async {
            futures::try_join!(
                self.node.chain_id(),
                self.bundler.chain_id(),
                self.serves_entry_point()
            )
        };
        let (answers, ()) = futures::join!(asked, self.look_at_newest_block());
        let (node, bundler, is_served) = answers?;
        self.expect_chain(Service::Node, Some(node))?;
        self.expect_chain(Service::Bundler, Some(bundler))?;
        if !is_served {
            return Err(Error::WrongEntryPoint(self.entry_point.address));
        }
        self.known.chain_is_right.store(true, Ordering::Relaxed);
        Ok(())
    }

    /// Returns true if the bundler supports the entry point, or refuses to answer: it then refuses operations itself.
    async fn serves_entry_point(&self) -> Result<bool, ServiceError> {
        match self.bundler.supported_entry_points().await {
            Ok(served) => Ok(served.contains(&self.entry_point.address)),
            Err(error) if error.refusal().is_some() => Ok(true),
            Err(error) => Err(error),
        }
    }

    fn expect_chain(&self, service: Service, found: Option<u64>) -> Result<(), Error> {
        let expected = self.chain_id();
        match found {
            Some(found) if found != expected => Err(Error::WrongChain {
                service,
                expected,
                found,
            }),
            _ => Ok(()),
        }
    }
}

#[cfg(test)]
mod tests;
