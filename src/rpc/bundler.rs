mod biconomy;
mod dialect;
mod estimate;
mod pimlico;
pub(super) mod question;
mod rundler;
mod standard;

use alloy::primitives::{Address, TxHash, U256};

pub(crate) use self::estimate::EstimateForm;
pub use self::{
    biconomy::bundler_chain_id,
    dialect::{BundlerDialect, BundlerKind},
};
use super::{Asked, Http, Service, ServiceError, Transport, endpoint::Endpoint, user_op::WireUserOp};
use crate::{
    platform::Json,
    primitives::{EntryPoint, Fees, SignedUserOperation, UserOpHash, UserOpReceipt, checksum},
};

/// A client of a bundler, which estimates, accepts and reports user operations
/// ([ERC-7769](https://eips.ethereum.org/EIPS/eip-7769)).
///
/// # Examples
///
/// ```no_run
/// use use_aa::{BundlerKind, EntryPoint, SignedUserOperation, Simulation};
/// use use_aa::rpc::{Bundler, ServiceError, ServiceUrl};
///
/// async fn submit(url: ServiceUrl, signed: SignedUserOperation) -> Result<(), ServiceError> {
///     let bundler = Bundler::new(BundlerKind::STANDARD, url, EntryPoint::v0_6(80002));
///     let hash = bundler.send(&signed, Simulation::default()).await?;
///     assert_eq!(hash, signed.op.hash(bundler.entry_point()));
///     println!("included: {}", bundler.receipt(hash).await?.is_some());
///     Ok(())
/// }
/// ```
#[derive(Clone, Debug)]
pub struct Bundler {
    endpoint: Endpoint,
    kind: BundlerKind,
    entry_point: EntryPoint,
}

/// The simulation a bundler runs before it accepts an operation. The choice has an effect on Biconomy's bundler only.
///
/// # Examples
///
/// ```
/// use use_aa::{UserOpOptions, Simulation};
///
/// let may_revert = UserOpOptions::new().simulation(Simulation::Validation);
/// assert_ne!(may_revert, UserOpOptions::new());
/// ```
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum Simulation {
    /// Validation by the account and the paymaster only. The calls may revert on chain.
    Validation,
    /// Validation, and execution of the calls.
    #[default]
    ValidationAndExecution,
}

impl Bundler {
    /// The JSON-RPC method that submits an operation.
    pub(crate) const SEND: &str = "eth_sendUserOperation";

    /// Creates a client of the bundler at a URL.
    #[must_use]
    pub fn new(kind: BundlerKind, http: impl Into<Http>, entry_point: EntryPoint) -> Self {
        Self::on(Endpoint::http(Service::Bundler, http.into()), kind, entry_point)
    }

    /// Creates a client of a bundler over any [`Transport`].
    #[must_use]
    pub fn over(kind: BundlerKind, transport: impl Transport + 'static, entry_point: EntryPoint) -> Self {
        Self::on(Endpoint::new(Service::Bundler, transport), kind, entry_point)
    }

    fn on(endpoint: Endpoint, kind: BundlerKind, entry_point: EntryPoint) -> Self {
        Self {
            endpoint,
            kind,
            entry_point,
        }
    }

    /// Returns the same client for another entry point.
    #[must_use]
    pub const fn at(mut self, entry_point: EntryPoint) -> Self {
        self.entry_point = entry_point;
        self
    }

    /// Makes a request that has no method here.
    ///
    /// # Errors
    ///
    /// [`ServiceError`] if the bundler refuses the request, or does not answer it.
    ///
    /// # Examples
    ///
    /// ```no_run
    /// use use_aa::rpc::{Bundler, ServiceError};
    ///
    /// # async fn clear(bundler: Bundler) -> Result<(), ServiceError> {
    /// bundler.request("debug_bundler_clearState", vec![]).await?;
    /// # Ok(())
    /// # }
    /// ```
    pub fn request(&self, method: &'static str, params: Vec<Json>) -> Asked<'_, Json> {
        self.endpoint.request(method, params)
    }

    /// Returns the dialect of the bundler.
    #[must_use]
    pub const fn kind(&self) -> BundlerKind {
        self.kind
    }

    /// Returns the entry point that operations are sent to.
    #[must_use]
    pub const fn entry_point(&self) -> EntryPoint {
        self.entry_point
    }

    /// Returns the id of the chain that the bundler serves.
    ///
    /// # Errors
    ///
    /// Fails if the bundler fails.
    pub fn chain_id(&self) -> Asked<'_, u64> {
        self.endpoint.chain_id()
    }

    /// Returns the entry points that the bundler supports.
    ///
    /// # Errors
    ///
    /// Fails if the bundler fails.
    pub fn supported_entry_points(&self) -> Asked<'_, Vec<Address>> {
        self.endpoint.answer(question::supported_entry_points())
    }

    /// Returns the fees at which the bundler soon accepts an operation, in wei per unit of gas; `None` if the dialect
    /// has no method for fees.
    ///
    /// # Errors
    ///
    /// Fails if the bundler fails.
    pub async fn fees(&self) -> Result<Option<Fees>, ServiceError> {
        match question::fees(self.kind.dialect()) {
            Some(question) => self.endpoint.answer(question).await.map(Some),
            None => Ok(None),
        }
    }

    /// Returns the priority fee that the bundler demands at least, in wei per unit of gas; `None` if the dialect has no
    /// method for it.
    ///
    /// # Errors
    ///
    /// Fails if the bundler fails.
    pub async fn priority_fee(&self) -> Result<Option<U256>, ServiceError> {
        match question::priority_fee(self.kind.dialect()) {
            Some(question) => self.endpoint.answer(question).await.map(Some),
            None => Ok(None),
        }
    }

    /// Submits an operation to the bundler. The returned hash comes from the bundler: compare it with the operation's
    /// hash.
    ///
    /// # Errors
    ///
    /// Fails if the bundler fails or refuses. If no answer came, the bundler may have accepted the operation all the
    /// same.
    pub fn send<'a>(&'a self, signed: &SignedUserOperation, simulation: Simulation) -> Asked<'a, UserOpHash> {
        let mut params = self.params(WireUserOp::signed(signed, &self.entry_point));
        params.extend(self.kind.dialect().simulation(simulation));
        self.endpoint.answer(question::send(params))
    }

    /// Returns the receipt of an operation; `None` while the operation is not in a block.
    ///
    /// # Errors
    ///
    /// Fails if the bundler fails.
    pub fn receipt(&self, hash: UserOpHash) -> Asked<'_, Option<UserOpReceipt>> {
        self.endpoint.answer(question::receipt(hash))
    }

    /// Returns the hash of the transaction that includes an operation, as the operation's receipt names it; `None` while
    /// the operation is not in a block. The rest of the receipt is not read.
    ///
    /// # Errors
    ///
    /// Fails if the bundler fails.
    pub fn inclusion(&self, hash: UserOpHash) -> Asked<'_, Option<TxHash>> {
        self.endpoint.answer(question::inclusion(hash))
    }

    /// Returns the hash of the transaction that includes an operation, pending or in a block; `None` while there is
    /// none.
    ///
    /// A pending transaction is known only if the bundler's dialect reports pending operations.
    ///
    /// # Errors
    ///
    /// Fails if the bundler fails.
    pub fn transaction(&self, hash: UserOpHash) -> Asked<'_, Option<TxHash>> {
        self.endpoint
            .answer(question::transaction(self.kind.dialect(), hash))
    }

    /// Returns true if the bundler knows an operation that is not in a block.
    ///
    /// A [`BundlerKind::STANDARD`] bundler may return `false` for a pending operation.
    ///
    /// # Errors
    ///
    /// Fails if the bundler fails.
    pub fn knows(&self, hash: UserOpHash) -> Asked<'_, bool> {
        self.endpoint.answer(question::knows(self.kind.dialect(), hash))
    }

    /// Returns true if the bundler has an operation, pending or in a block, by every method of its dialect.
    ///
    /// A [`BundlerKind::STANDARD`] bundler may return `false` for a pending operation.
    ///
    /// # Errors
    ///
    /// Fails if the bundler fails.
    pub async fn has(&self, hash: UserOpHash) -> Result<bool, ServiceError> {
        if !self.reports_pending() {
            return self.knows(hash).await;
        }
        let by_hash = self.endpoint.answer(question::has(hash));
        match futures::join!(by_hash, self.knows(hash)) {
            (Ok(true), _) | (_, Ok(true)) => Ok(true),
            (found, known) => found.and(known),
        }
    }

    /// Returns true if the bundler's dialect has a method for the status of pending operations.
    pub(crate) fn reports_pending(&self) -> bool {
        self.kind.dialect().status_method().is_some()
    }

    fn params(&self, op: WireUserOp) -> Vec<Json> {
        vec![op.0, checksum(&self.entry_point.address).into()]
    }
}

#[cfg(test)]
mod tests;
