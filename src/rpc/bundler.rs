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

/// A bundler: estimates user operations, takes them and tells what became of them
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

/// The dialect a bundler speaks.
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
    /// The standard and nothing else; fees come from the node.
    #[default]
    Standard,
    /// The standard and Pimlico's gas prices, as alto offers them.
    Pimlico,
    /// Biconomy's V2 bundler.
    Biconomy,
}

/// What a bundler tries out before it takes an operation. Only Biconomy's can be told; others do as they do.
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
    /// Whether account and paymaster accept it. Its calls may revert on chain.
    Validation,
    /// Also whether its calls succeed.
    #[default]
    ValidationAndExecution,
}

impl Bundler {
    /// The bundler at an address.
    #[must_use]
    pub fn new(kind: BundlerKind, http: impl Into<Http>, entry_point: EntryPoint) -> Self {
        Self::over(kind, http.into().into_client(), entry_point)
    }

    /// The bundler behind a client of one's own.
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

    /// The same bundler, for another entry point.
    #[must_use]
    pub const fn at(mut self, entry_point: EntryPoint) -> Self {
        self.entry_point = entry_point;
        self
    }

    /// The client below, for questions of one's own.
    #[must_use]
    pub const fn client(&self) -> &RpcClient {
        self.endpoint.client()
    }

    /// The dialect it speaks.
    #[must_use]
    pub const fn kind(&self) -> BundlerKind {
        self.kind
    }

    /// The entry point that operations are sent to.
    #[must_use]
    pub const fn entry_point(&self) -> EntryPoint {
        self.entry_point
    }

    /// The chain it serves.
    ///
    /// # Errors
    ///
    /// When the bundler fails.
    pub async fn chain_id(&self) -> Result<u64, ServiceError> {
        self.endpoint.chain_id().await
    }

    /// The entry points it serves.
    ///
    /// # Errors
    ///
    /// When the bundler fails.
    pub async fn supported_entry_points(&self) -> Result<Vec<Address>, ServiceError> {
        let read = |answer: Part<'_>| answer.members()?.map(Part::hex).collect();
        self.endpoint.ask("eth_supportedEntryPoints", vec![], read).await
    }

    /// The fees with which it takes an operation soon, in wei for each unit of gas, where its dialect tells them.
    ///
    /// # Errors
    ///
    /// When the bundler fails.
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

    /// The gas that an operation will need, in units, whoever pays: `paymaster_and_data` is a stub, or empty. The chain
    /// may be taken to hold something else than it does.
    ///
    /// # Errors
    ///
    /// When the bundler fails, or refuses because the operation would fail.
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

    /// Hands an operation over. The hash is the bundler's word: compare it with the operation's own.
    ///
    /// # Errors
    ///
    /// When the bundler fails or refuses. It may have taken the operation all the same if no answer came.
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

    /// What became of an operation; `None` while it is not in a block.
    ///
    /// # Errors
    ///
    /// When the bundler fails.
    pub async fn receipt(&self, hash: UserOpHash) -> Result<Option<UserOpReceipt>, ServiceError> {
        let read = |answer: Part<'_>| answer.find().map(|found| receipt::read(found, hash)).transpose();
        let params = vec![json!(hash)];
        self.endpoint
            .ask("eth_getUserOperationReceipt", params, read)
            .await
    }

    /// The transaction that carries an operation, in a block or on its way there; `None` while there is none. On its
    /// way it is known where the bundler's dialect tells it.
    ///
    /// # Errors
    ///
    /// When the bundler fails.
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

    /// Whether it knows an operation that is not in a block. By the standard alone a bundler may say no to one that it
    /// has.
    ///
    /// # Errors
    ///
    /// When the bundler fails.
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

    /// Whether it has an operation, in a block or on its way there, by every question that its dialect has. By the
    /// standard alone a bundler may say no to one that is on its way.
    ///
    /// # Errors
    ///
    /// When the bundler fails.
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

    /// Whether its dialect has a question for operations that are on their way.
    pub(crate) fn tells_of_pending(&self) -> bool {
        self.kind != BundlerKind::Standard
    }

    fn params(&self, op: WireUserOp) -> Vec<Value> {
        vec![op.into(), json!(self.entry_point.address)]
    }
}

const BY_HASH: &str = "eth_getUserOperationByHash";

/// Some bundlers answer an error where the standard has null.
fn found_or_not(answer: Result<bool, ServiceError>) -> Result<bool, ServiceError> {
    match answer {
        Err(error) if error.refusal().is_some_and(Refusal::is_not_found) => Ok(false),
        answer => answer,
    }
}

/// States of an operation that a bundler does not have, or has given up.
const GONE: [&str; 5] = [
    "not_found",
    "rejected",
    "failed",
    "dropped",
    "dropped_from_bundler_mempool",
];

#[cfg(test)]
mod tests;
