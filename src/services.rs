//! The services that the accounts of one chain use, and what they have answered lately.

use std::{
    sync::{
        Arc, Mutex, PoisonError,
        atomic::{AtomicBool, AtomicU8, AtomicU64, Ordering},
    },
    time::Duration,
};

use alloy::{
    primitives::{Address, B256, LogData, U256},
    sol_types::SolCall,
};

mod chain_clock;
mod fees;
mod payer;
mod stub_cache;

use self::{
    chain_clock::{ChainClock, Moment},
    fees::FeeCache,
};
pub(crate) use self::{
    payer::{AnyPayer, OneCall, StubData},
    stub_cache::StubCache,
};
use crate::error::{Error, ErrorKind};
#[cfg(doc)]
use crate::rpc::TOKEN_PAYMASTER;
use crate::{
    contracts::entry_point::IEntryPoint,
    primitives::{ContractCall, EntryPoint, NonceKey, decode_number},
    rpc::{
        Asked, Bundler, BundlerKind, EstimateForm, Http, Node, PaymasterClient, PaymasterKind, Service,
        ServiceError,
    },
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
///     .bundler(BundlerKind::STANDARD, "http://127.0.0.1:8545/bundler")?
///     .paymaster(PaymasterKind::ERC7677, "http://127.0.0.1:8545/paymaster")?;
/// assert_eq!(services.chain_id(), 80002);
/// # Ok::<(), use_aa::Error>(())
/// ```
#[derive(Clone, Debug)]
pub struct Services {
    pub(crate) entry_point: EntryPoint,
    /// The address of the entry point, if the app has set it.
    entry_point_at: Option<Address>,
    pub(crate) node: Node,
    pub(crate) bundler: Bundler,
    pub(crate) paymaster: Option<PaymasterClient>,
    /// The one contract that may sponsor operations, if it was set.
    pub(crate) sponsor: Option<Address>,
    pub(crate) most_cost: U256,
    pub(crate) most_sponsored_cost: U256,
    known: Arc<Known>,
}

/// The cached data of the services.
#[derive(Debug, Default)]
struct Known {
    fees: Mutex<FeeCache>,
    /// The form of an estimate that the bundler has accepted last.
    estimate_form: AtomicU8,
    chain_is_right: AtomicBool,
    /// The highest block number seen; 0 before any was.
    block: AtomicU64,
    clock: Mutex<ChainClock>,
    /// The form of a session proof that the contracts of the chain have accepted last.
    proof_form: AtomicU8,
    stubs: StubCache,
}

impl Services {
    const ONE_COIN: u64 = 1_000_000_000_000_000_000;
    /// Creates the services of a chain with the URL of a node. Unless another bundler is set, the bundler has the same
    /// URL and the standard dialect. There is no paymaster.
    ///
    /// An [`Http`] in place of the URL sets the timeout and the maximum size of an answer:
    ///
    /// ```
    /// use std::time::Duration;
    /// use use_aa::{Services, rpc::Http};
    ///
    /// let node = Http::new("http://127.0.0.1:8545".parse()?).timeout(Duration::from_secs(60)).limit(8 << 20);
    /// let services = Services::new(80002, node)?;
    /// # Ok::<(), use_aa::Error>(())
    /// ```
    ///
    /// # Errors
    ///
    /// [`ErrorKind::Url`] when the text is not an HTTP URL.
    pub fn new(chain_id: u64, node: impl TryInto<Http, Error: Into<Error>>) -> Result<Self, Error> {
        let entry_point = EntryPoint::new(chain_id);
        let http = node.try_into().map_err(Into::into)?;
        let bundler = Bundler::new(BundlerKind::STANDARD, http.clone(), entry_point);
        Ok(Self::over(Node::new(http), bundler, None))
    }

    /// Creates the services from existing clients, for the bundler's chain and entry point. For tests.
    #[doc(hidden)]
    #[must_use]
    pub fn over(node: Node, bundler: Bundler, paymaster: Option<PaymasterClient>) -> Self {
        Self {
            entry_point: bundler.entry_point(),
            entry_point_at: None,
            node,
            bundler,
            paymaster,
            sponsor: None,
            most_cost: U256::from(Self::ONE_COIN),
            most_sponsored_cost: U256::from(100 * u128::from(Self::ONE_COIN)),
            known: Arc::default(),
        }
    }

    /// Sets the bundler: its dialect, and its URL or an [`Http`].
    ///
    /// # Errors
    ///
    /// [`ErrorKind::Url`] when the text is not an HTTP URL, [`ErrorKind::WrongChain`] when the URL names
    /// another chain.
    pub fn bundler(
        mut self,
        kind: BundlerKind,
        http: impl TryInto<Http, Error: Into<Error>>,
    ) -> Result<Self, Error> {
        let http = http.try_into().map_err(Into::into)?;
        self.expect_chain(Service::Bundler, kind.dialect().chain_id(http.url().as_str()))?;
        self.bundler = Bundler::new(kind, http, self.entry_point);
        // Data cached from another bundler does not apply.
        self.known = Arc::default();
        Ok(self)
    }

    /// Sets the paymaster for sponsored operations: its dialect, and its URL or an [`Http`].
    ///
    /// # Errors
    ///
    /// [`ErrorKind::Url`] when the text is not an HTTP URL, [`ErrorKind::WrongChain`] when the URL names
    /// another chain.
    pub fn paymaster(
        mut self,
        kind: PaymasterKind,
        http: impl TryInto<Http, Error: Into<Error>>,
    ) -> Result<Self, Error> {
        let http = http.try_into().map_err(Into::into)?;
        self.expect_chain(Service::Paymaster, kind.chain_id(http.url().as_str()))?;
        self.paymaster = Some(PaymasterClient::new(kind, http, self.entry_point));
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

    /// Sets the address of the entry point. The default is the address of the version that the account's kind names, such
    /// as [`EntryPoint::V0_6`].
    ///
    /// The bundler and the paymaster must support that entry point, and the account's implementation must match it.
    #[must_use]
    pub fn entry_point_at(mut self, address: Address) -> Self {
        self.entry_point_at = Some(address);
        let entry_point = self.entry_point.at(address);
        self.with_entry_point(entry_point)
    }

    /// Returns the services for the operations of an account, by the version of the account's entry point.
    pub(crate) fn serving(self, account: EntryPoint) -> Self {
        if account.version() == self.entry_point.version() {
            return self;
        }
        let address = self.entry_point_at.unwrap_or(account.address);
        self.with_entry_point(account.at(address))
    }

    fn with_entry_point(mut self, entry_point: EntryPoint) -> Self {
        self.entry_point = entry_point;
        self.bundler = self.bundler.at(self.entry_point);
        let paymaster = self.paymaster.take();
        self.paymaster = paymaster.map(|paymaster| paymaster.at(self.entry_point));
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

    /// Sets the maximum cost of an operation whose gas a paymaster pays, in wei. The default is 10^20, 100 coins.
    ///
    /// The account does not pay this cost. A higher cost is a mistake or a lie of a service.
    #[must_use]
    pub const fn most_sponsored_cost(mut self, wei: U256) -> Self {
        self.most_sponsored_cost = wei;
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

    /// Returns true if a paymaster is configured, so that operations can be sponsored.
    #[must_use]
    pub const fn has_paymaster(&self) -> bool {
        self.paymaster.is_some()
    }

    /// Calls a function of a contract without a transaction (`eth_call`), and returns the decoded result.
    ///
    /// # Errors
    ///
    /// [`ErrorKind::Service`] when the node fails, or the contract reverts.
    pub async fn read<C: SolCall>(&self, contract: Address, call: &C) -> Result<C::Return, Error> {
        Ok(self.node.call(contract, call).await?)
    }

    /// Returns all logs of a contract, oldest first. See [`Node::logs`].
    ///
    /// # Errors
    ///
    /// [`ErrorKind::Service`] when the node fails, or refuses to search that far.
    pub async fn logs(&self, contract: Address, topics: &[Option<B256>]) -> Result<Vec<LogData>, Error> {
        Ok(self.node.logs(contract, topics).await?)
    }

    /// Requests the next nonce of a key of an account from the entry point.
    pub(crate) async fn nonce(&self, sender: Address, key: NonceKey) -> Result<U256, Error> {
        let call = IEntryPoint::getNonceCall { sender, key: key.0 };
        let call = ContractCall::decoded_by(self.entry_point.address, &call, decode_number);
        Ok(self.node.read(call).await?)
    }

    pub(crate) fn stubs(&self) -> &StubCache {
        &self.known.stubs
    }

    /// Returns the highest block number seen, if any.
    pub(crate) fn cached_block(&self) -> Option<u64> {
        let block = self.known.block.load(Ordering::Relaxed);
        (block > 0).then_some(block)
    }

    pub(crate) fn record_block(&self, number: u64) {
        self.known.block.fetch_max(number, Ordering::Relaxed);
    }

    /// Returns the chain's time in seconds since 1970: this device's time, unless a block proves that to be too early.
    pub(crate) fn now(&self) -> u64 {
        self.clock().now(Moment::now())
    }

    /// Returns the least time by which this device's clock is behind the chain's.
    pub(crate) fn clock_lead(&self) -> Duration {
        self.clock().lead(Moment::now())
    }

    /// Updates the cache with the newest block. A failure is ignored, as nothing depends on the block.
    pub(crate) async fn fetch_newest_block(&self) {
        if let Ok((number, time)) = self.node.newest_block().await {
            self.record_block(number);
            self.clock().see(time, Moment::now());
        }
    }

    /// Fetches the chain's time if no block has been seen.
    pub(crate) async fn fetch_time(&self) {
        let is_unknown = self.clock().is_unset();
        if is_unknown {
            self.fetch_newest_block().await;
        }
    }

    fn clock(&self) -> std::sync::MutexGuard<'_, ChainClock> {
        self.known.clock.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Returns the form of a session proof that the contracts of the chain have accepted last, or 0.
    pub(crate) fn proof_form(&self) -> u8 {
        self.known.proof_form.load(Ordering::Relaxed)
    }

    /// Returns the form of an estimate that the bundler has accepted last.
    pub(crate) fn estimate_form(&self) -> EstimateForm {
        EstimateForm::from(self.known.estimate_form.load(Ordering::Relaxed))
    }

    pub(crate) fn cache_estimate_form(&self, form: EstimateForm) {
        self.known.estimate_form.store(form as u8, Ordering::Relaxed);
    }

    pub(crate) fn cache_proof_form(&self, form: u8) {
        self.known.proof_form.store(form, Ordering::Relaxed);
    }

    /// Checks once that the node and the bundler are on the configured chain, and that the bundler supports the entry
    /// point.
    pub(crate) async fn check_chain(&self) -> Result<(), Error> {
        if self.known.chain_is_right.load(Ordering::Relaxed) {
            return Ok(());
        }
        let asked = async {
            futures::try_join!(
                told(self.node.chain_id()),
                told(self.bundler.chain_id()),
                self.serves_entry_point()
            )
        };
        let (answers, ()) = futures::join!(asked, self.fetch_newest_block());
        let (node, bundler, is_served) = answers?;
        self.expect_chain(Service::Node, node)?;
        self.expect_chain(Service::Bundler, bundler)?;
        if !is_served {
            return Err(Error::from(ErrorKind::WrongEntryPoint(self.entry_point.address)));
        }
        self.known.chain_is_right.store(true, Ordering::Relaxed);
        Ok(())
    }

    /// Returns true if the bundler supports the entry point, or refuses to answer: it then refuses operations itself.
    async fn serves_entry_point(&self) -> Result<bool, ServiceError> {
        let served = told(self.bundler.supported_entry_points()).await?;
        Ok(served.is_none_or(|served| served.contains(&self.entry_point.address)))
    }

    fn expect_chain(&self, service: Service, found: Option<u64>) -> Result<(), Error> {
        let expected = self.chain_id();
        match found {
            Some(found) if found != expected => Err(Error::from(ErrorKind::WrongChain {
                service,
                expected,
                found,
            })),
            _ => Ok(()),
        }
    }
}

/// Returns the answer, or `None` if the service refuses the question or has no answer: it then refuses what does not fit
/// itself.
async fn told<T>(asked: Asked<'_, T>) -> Result<Option<T>, ServiceError> {
    match asked.await {
        Err(error) if error.failure().is_rate_limit() => Err(error),
        Err(error) if error.failure().is_no_answer() => Ok(None),
        answer => answer.map(Some),
    }
}

#[cfg(test)]
mod tests;
