use alloy::{
    primitives::{Address, B256, Bytes},
    rpc::client::RpcClient,
};
use serde::Deserialize;
use serde_json::json;

use super::{
    Http, Service, ServiceError,
    endpoint::Endpoint,
    quantity::Notation,
    receipt::WireReceipt,
    user_op::{WireEstimate, WireFees, WireUserOp},
};
use crate::primitives::{
    EntryPoint, Fees, GasLimits, SignedUserOperation, UserOpDraft, UserOpHash, UserOpReceipt,
};

/// A bundler: estimates user operations, takes them and tells what became of them
/// ([ERC-7769](https://eips.ethereum.org/EIPS/eip-7769)).
#[derive(Clone, Debug)]
pub struct Bundler {
    endpoint: Endpoint,
    kind: BundlerKind,
    entry_point: EntryPoint,
}

/// The dialect a bundler speaks.
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

impl Bundler {
    /// The bundler at an address.
    #[must_use]
    pub fn new(kind: BundlerKind, http: impl Into<Http>, entry_point: EntryPoint) -> Self {
        Self::over(kind, http.into().into_client(), entry_point)
    }

    /// The bundler behind a client of one's own.
    #[must_use]
    pub const fn over(kind: BundlerKind, client: RpcClient, entry_point: EntryPoint) -> Self {
        Self {
            endpoint: Endpoint::new(Service::Bundler, client),
            kind,
            entry_point,
        }
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
        self.endpoint.ask("eth_supportedEntryPoints", [0; 0]).await
    }

    /// The fees with which it takes an operation soon, where its dialect tells them.
    ///
    /// # Errors
    ///
    /// When the bundler fails.
    pub async fn fees(&self) -> Result<Option<Fees>, ServiceError> {
        let (method, fees) = match self.kind {
            BundlerKind::Standard => return Ok(None),
            BundlerKind::Pimlico => {
                const METHOD: &str = "pimlico_getUserOperationGasPrice";
                let prices: GasPrices = self.endpoint.ask(METHOD, [0; 0]).await?;
                (METHOD, prices.fast)
            }
            BundlerKind::Biconomy => {
                const METHOD: &str = "biconomy_getGasFeeValues";
                (METHOD, self.endpoint.ask(METHOD, [0; 0]).await?)
            }
        };
        fees.read(self.notation())
            .map(Some)
            .map_err(|failure| self.endpoint.failed(method, failure))
    }

    /// The gas that an operation will need, whoever pays: `paymaster_and_data` is a stub, or empty.
    ///
    /// # Errors
    ///
    /// When the bundler fails, or refuses because the operation would fail.
    pub async fn estimate(
        &self,
        draft: &UserOpDraft,
        paymaster_and_data: &Bytes,
    ) -> Result<GasLimits, ServiceError> {
        const METHOD: &str = "eth_estimateUserOperationGas";
        let op = WireUserOp::draft(draft)
            .gas(GasLimits::default())
            .paymaster_and_data(Some(paymaster_and_data));
        let estimate: WireEstimate = self.endpoint.ask(METHOD, (op, self.entry_point.address)).await?;
        estimate
            .read(self.notation())
            .map_err(|failure| self.endpoint.failed(METHOD, failure))
    }

    /// Hands an operation over. The hash is the bundler's word: compare it with the operation's own.
    ///
    /// # Errors
    ///
    /// When the bundler fails or refuses. It may have taken the operation all the same if no answer came.
    pub async fn send(&self, signed: &SignedUserOperation) -> Result<UserOpHash, ServiceError> {
        const METHOD: &str = "eth_sendUserOperation";
        let op = WireUserOp::signed(signed);
        let entry_point = self.entry_point.address;
        let hash: B256 = match self.kind {
            BundlerKind::Biconomy => {
                let simulation = json!({"simulation_type": "validation_and_execution"});
                self.endpoint.ask(METHOD, (op, entry_point, simulation)).await?
            }
            _ => self.endpoint.ask(METHOD, (op, entry_point)).await?,
        };
        Ok(UserOpHash(hash))
    }

    /// What became of an operation; `None` while it is not in a block.
    ///
    /// # Errors
    ///
    /// When the bundler fails.
    pub async fn receipt(&self, hash: UserOpHash) -> Result<Option<UserOpReceipt>, ServiceError> {
        const METHOD: &str = "eth_getUserOperationReceipt";
        let receipt: Option<WireReceipt> = self.endpoint.ask_optional(METHOD, [hash]).await?;
        receipt
            .map(|receipt| receipt.read(hash, self.notation()))
            .transpose()
            .map_err(|failure| self.endpoint.failed(METHOD, failure))
    }

    const fn notation(&self) -> Notation {
        match self.kind {
            BundlerKind::Biconomy => Notation::Any,
            _ => Notation::Standard,
        }
    }
}

#[derive(Deserialize)]
struct GasPrices {
    fast: WireFees,
}

#[cfg(test)]
mod tests;
