use alloy::{
    primitives::{Address, Bytes, TxHash},
    rpc::client::RpcClient,
};
use serde::Deserialize;
use serde_json::{Value, json};

use super::{
    Http, Refusal, Service, ServiceError, StateOverride,
    endpoint::Endpoint,
    part::{Notation, Part},
    receipt,
    user_op::{WireUserOp, fees, gas_limits},
};
use crate::primitives::{
    EntryPoint, Fees, GasLimits, SignedUserOperation, UserOpDraft, UserOpHash, UserOpReceipt,
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
/// async fn hand_over(url: ServiceUrl, signed: SignedUserOperation) -> Result<(), ServiceError> {
///     let bundler = Bundler::new(BundlerKind::Standard, url, EntryPoint::v0_6(80002));
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

/// The JSON-RPC dialect of a bundler.
///
/// # Examples
///
/// ```
/// use use_aa::{BundlerKind, Services};
///
/// let kind: BundlerKind = serde_json::from_str("\"pimlico\"")?;
/// assert_eq!(kind, BundlerKind::Pimlico);
/// let services = Services::new(80002, "http://127.0.0.1:8545")?.bundler(kind, "http://127.0.0.1:4337")?;
/// # let _ = services;
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash, Deserialize)]
#[serde(rename_all = "lowercase")]
#[non_exhaustive]
pub enum BundlerKind {
    /// The ERC-7769 methods only. Fees come from the node.
    #[default]
    Standard,
    /// The ERC-7769 methods, and Pimlico's gas prices and operation status, as alto offers them.
    Pimlico,
    /// The methods of Biconomy's V2 bundler.
    Biconomy,
}

/// The simulation a bundler runs before it accepts an operation. The choice has an effect on Biconomy's bundler only.
///
/// # Examples
///
/// ```
/// use use_aa::{Options, Simulation};
///
/// let may_revert = Options::new().simulation(Simulation::Validation);
/// assert_ne!(may_revert, Options::new());
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
    /// Creates a client of the bundler at a URL.
    #[must_use]
    pub fn new(kind: BundlerKind, http: impl Into<Http>, entry_point: EntryPoint) -> Self {
        Self::over(kind, http.into().into_client(), entry_point)
    }

    /// Creates a client of a bundler over an existing alloy [`RpcClient`].
    #[must_use]
    pub const fn over(kind: BundlerKind, client: RpcClient, entry_point: EntryPoint) -> Self {
        let notation = match kind {
            BundlerKind::Biconomy => Notation::Any,
            _ => Notation::Standard,
        };
        Self {
            endpoint: Endpoint::new(Service::Bundler, client).notation(notation),
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

    /// Returns the alloy client, for requests of other methods.
    #[must_use]
    pub const fn client(&self) -> &RpcClient {
        self.endpoint.client()
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
    pub async fn chain_id(&self) -> Result<u64, ServiceError> {
        self.endpoint.chain_id().await
    }

    /// Returns the entry points that the bundler supports.
    ///
    /// # Errors
    ///
    /// Fails if the bundler fails.
    pub async fn supported_entry_points(&self) -> Result<Vec<Address>, ServiceError> {
        let read = |answer: Part<'_>| answer.members()?.map(Part::hex).collect();
        self.endpoint.ask("eth_supportedEntryPoints", vec![], read).await
    }

    /// Returns the fees at which the bundler soon accepts an operation, in wei per unit of gas; `None` if the dialect
    /// has no method for fees.
    ///
    /// # Errors
    ///
    /// Fails if the bundler fails.
    pub async fn fees(&self) -> Result<Option<Fees>, ServiceError> {
        let fees = match self.kind {
            BundlerKind::Standard => return Ok(None),
            BundlerKind::Pimlico => {
                let fast = |prices: Part<'_>| fees(prices.field("fast"));
                self.endpoint
                    .ask("pimlico_getUserOperationGasPrice", vec![], fast)
                    .await?
            }
            BundlerKind::Biconomy => {
                self.endpoint
                    .ask("biconomy_getGasFeeValues", vec![], fees)
                    .await?
            }
        };
        Ok(Some(fees))
    }

    /// Estimates the gas limits of an operation, in units of gas, under any payment.
    ///
    /// `paymaster_and_data` is a paymaster's stub data, or empty. `state` overrides the chain's state during the
    /// estimation.
    ///
    /// # Errors
    ///
    /// Fails if the bundler fails, or refuses because the operation would fail.
    pub async fn estimate(
        &self,
        draft: &UserOpDraft,
        paymaster_and_data: &Bytes,
        state: &StateOverride,
    ) -> Result<GasLimits, ServiceError> {
        let op = WireUserOp::draft(draft)
            .gas(GasLimits::default())
            .paymaster_and_data(paymaster_and_data)
            .signature(&draft.dummy_signature);
        let mut params = self.params(op);
        if !state.is_empty() {
            params.push(state.as_json().clone());
        }
        self.endpoint
            .ask("eth_estimateUserOperationGas", params, gas_limits)
            .await
    }

    /// Submits an operation to the bundler. The returned hash comes from the bundler: compare it with the operation's
    /// hash.
    ///
    /// # Errors
    ///
    /// Fails if the bundler fails or refuses. If no answer came, the bundler may have accepted the operation all the
    /// same.
    pub async fn send(
        &self,
        signed: &SignedUserOperation,
        simulation: Simulation,
    ) -> Result<UserOpHash, ServiceError> {
        let mut params = self.params(WireUserOp::signed(signed));
        if self.kind == BundlerKind::Biconomy {
            let simulation = match simulation {
                Simulation::Validation => "validation",
                Simulation::ValidationAndExecution => "validation_and_execution",
            };
            params.push(json!({"simulation_type": simulation}));
        }
        let hash = self
            .endpoint
            .ask("eth_sendUserOperation", params, |answer| answer.hex())
            .await?;
        Ok(UserOpHash(hash))
    }

    /// Returns the receipt of an operation; `None` while the operation is not in a block.
    ///
    /// # Errors
    ///
    /// Fails if the bundler fails.
    pub async fn receipt(&self, hash: UserOpHash) -> Result<Option<UserOpReceipt>, ServiceError> {
        let read = |answer: Part<'_>| answer.find().map(|found| receipt::read(found, hash)).transpose();
        let params = vec![json!(hash)];
        self.endpoint
            .ask("eth_getUserOperationReceipt", params, read)
            .await
    }

    /// Returns the hash of the transaction that includes an operation, pending or in a block; `None` while there is
    /// none.
    ///
    /// A pending transaction is known only if the bundler's dialect reports pending operations.
    ///
    /// # Errors
    ///
    /// Fails if the bundler fails.
    pub async fn transaction(&self, hash: UserOpHash) -> Result<Option<TxHash>, ServiceError> {
        let method = match self.kind {
            BundlerKind::Standard => BY_HASH,
            BundlerKind::Pimlico => "pimlico_getUserOperationStatus",
            BundlerKind::Biconomy => "biconomy_getUserOperationStatus",
        };
        let read = |answer: Part<'_>| {
            let found = answer
                .find()
                .and_then(|answer| answer.field("transactionHash").find());
            found.map(Part::hex).transpose()
        };
        self.endpoint.ask(method, vec![json!(hash)], read).await
    }

    /// Returns true if the bundler knows an operation that is not in a block.
    ///
    /// A [`BundlerKind::Standard`] bundler may return `false` for a pending operation.
    ///
    /// # Errors
    ///
    /// Fails if the bundler fails.
    pub async fn knows(&self, hash: UserOpHash) -> Result<bool, ServiceError> {
        let (method, field) = match self.kind {
            BundlerKind::Standard => (BY_HASH, ""),
            BundlerKind::Pimlico => ("pimlico_getUserOperationStatus", "status"),
            BundlerKind::Biconomy => ("biconomy_getUserOperationStatus", "state"),
        };
        let is_known = |answer: Part<'_>| {
            let Some(answer) = answer.find() else {
                return Ok(false);
            };
            if field.is_empty() {
                return Ok(true);
            }
            let state = answer.field(field);
            let state = state.value()?.as_str().ok_or_else(|| state.is("no text"))?;
            Ok(!GONE.iter().any(|gone| state.eq_ignore_ascii_case(gone)))
        };
        found_or_not(self.endpoint.ask(method, vec![json!(hash)], is_known).await)
    }

    /// Returns true if the bundler has an operation, pending or in a block, by every method of its dialect.
    ///
    /// A [`BundlerKind::Standard`] bundler may return `false` for a pending operation.
    ///
    /// # Errors
    ///
    /// Fails if the bundler fails.
    pub async fn has(&self, hash: UserOpHash) -> Result<bool, ServiceError> {
        if !self.tells_of_pending() {
            return self.knows(hash).await;
        }
        let by_hash = |answer: Part<'_>| Ok(answer.find().is_some());
        let by_hash = self.endpoint.ask(BY_HASH, vec![json!(hash)], by_hash);
        let (found, known) = futures::join!(by_hash, self.knows(hash));
        match (found_or_not(found), known) {
            (Ok(true), _) | (_, Ok(true)) => Ok(true),
            (found, known) => found.and(known),
        }
    }

    /// Returns true if the bundler's dialect has a method for the status of pending operations.
    pub(crate) fn tells_of_pending(&self) -> bool {
        self.kind != BundlerKind::Standard
    }

    fn params(&self, op: WireUserOp) -> Vec<Value> {
        vec![op.into(), json!(self.entry_point.address)]
    }
}

const BY_HASH: &str = "eth_getUserOperationByHash";

/// Maps a "not found" error to `false`: some bundlers answer an error where the standard has `null`.
fn found_or_not(answer: Result<bool, ServiceError>) -> Result<bool, ServiceError> {
    match answer {
        Err(error) if error.refusal().is_some_and(Refusal::is_not_found) => Ok(false),
        answer => answer,
    }
}

/// The states of an operation that a bundler does not have, or has dropped.
const GONE: [&str; 5] = [
    "not_found",
    "rejected",
    "failed",
    "dropped",
    "dropped_from_bundler_mempool",
];

#[cfg(test)]
mod tests;
