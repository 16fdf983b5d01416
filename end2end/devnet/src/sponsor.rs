//! The signer of paymaster data, with prices and fees.

use std::time::{Duration, SystemTime, UNIX_EPOCH};

use alloy::{
    primitives::{Address, B256, Bytes, U256, keccak256},
    signers::{SignerSync, local::PrivateKeySigner},
    sol_types::SolValue,
};
use serde_json::{Value, json};

use crate::{
    addresses::Contracts,
    jsonrpc::{RpcError, Upstream},
    keys,
    user_op::{Fees, Limits, UserOp},
};

/// The price of a coin in the fee token, in token units for 1e18 wei.
pub(crate) const PRICE: u64 = 500_000;
/// The premium on the price, in per cent.
pub(crate) const PREMIUM: u64 = 10;
/// The gas that the token transfer in `postOp` costs. The token paymaster charges the same.
pub(crate) const POST_OP_GAS: u64 = 45_000;

const VALID_FOR: Duration = Duration::from_secs(30 * 60);
/// The gas added to estimates. A module may return early on a dummy signature and use more gas with the real one.
const HEAD_ROOM: u64 = 100_000;

/// The payer of an operation's gas.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Payment {
    /// The sponsoring paymaster.
    Sponsored,
    /// The account, in this ERC-20 token.
    Token(Address),
}

/// The signer for both paymasters.
#[derive(Debug)]
pub(crate) struct Sponsor {
    pub(crate) chain_id: u64,
    pub(crate) contracts: Contracts,
    signer: PrivateKeySigner,
}

impl Sponsor {
    pub(crate) fn new(chain_id: u64, contracts: Contracts) -> Self {
        Self {
            chain_id,
            contracts,
            signer: keys::paymaster_signer(),
        }
    }

    /// Returns the token units for 1e18 wei, premium included.
    pub(crate) fn rate(&self, token: Address) -> Result<U256, RpcError> {
        if token == self.contracts.token {
            return Ok(U256::from(PRICE * (100 + PREMIUM) / 100));
        }
        Err(RpcError::invalid_params(format!(
            "the token {token} is not accepted, only {}",
            self.contracts.token
        )))
    }

    /// Computes the maximum charge for `op` in token units at `rate`.
    pub(crate) fn max_charge(op: &UserOp, rate: U256) -> U256 {
        let cost = op.max_cost() + U256::from(POST_OP_GAS) * op.fees.max;
        (cost * rate).div_ceil(U256::from(10).pow(U256::from(18)))
    }

    /// Creates stub paymaster data (ERC-7677) of the right length, for estimates.
    pub(crate) fn stub(&self, op: &UserOp, payment: Payment) -> Result<Bytes, RpcError> {
        self.sign(op, payment, None)
    }

    /// Signs paymaster data for `op` as it is. A change of calls, limits or fees invalidates the signature.
    pub(crate) fn offer(
        &self,
        op: &UserOp,
        payment: Payment,
        expiry: Option<Duration>,
    ) -> Result<Bytes, RpcError> {
        check_signed(op.fees, op.limits)?;
        self.sign(op, payment, expiry)
    }

    fn sign(&self, op: &UserOp, payment: Payment, expiry: Option<Duration>) -> Result<Bytes, RpcError> {
        let until = valid_until(expiry);
        match payment {
            Payment::Sponsored => self.sign_sponsored(op, until),
            Payment::Token(token) => self.sign_token(op, until, token, self.rate(token)?),
        }
    }

    fn sign_sponsored(&self, op: &UserOp, until: U256) -> Result<Bytes, RpcError> {
        let paymaster = self.contracts.sponsor_paymaster;
        let (sender, nonce, init_code, call_data) = op.calls();
        let (call, verification, pre_verification, max_fee, priority_fee) = op.gas();
        let hash = keccak256(
            (
                (sender, nonce, init_code, call_data),
                (call, verification, pre_verification, max_fee, priority_fee),
                (
                    U256::from(self.chain_id),
                    paymaster,
                    keys::sponsor_owner(),
                    until,
                    U256::ZERO,
                ),
            )
                .abi_encode_params(),
        );
        let terms = (keys::sponsor_owner(), until, U256::ZERO, self.signature(hash)?).abi_encode_params();
        Ok([paymaster.as_slice(), &terms].concat().into())
    }

    fn sign_token(&self, op: &UserOp, until: U256, token: Address, rate: U256) -> Result<Bytes, RpcError> {
        let paymaster = self.contracts.token_paymaster;
        let terms = (until, U256::ZERO, token, rate).abi_encode_params();
        let calls = keccak256(op.calls().abi_encode_params());
        let gas = keccak256(op.gas().abi_encode_params());
        let hash = keccak256(
            (
                U256::from(self.chain_id),
                paymaster,
                calls,
                gas,
                keccak256(&terms),
            )
                .abi_encode_params(),
        );
        Ok([paymaster.as_slice(), &terms, &self.signature(hash)?]
            .concat()
            .into())
    }

    /// Signs a hash as a personal message.
    pub(crate) fn signature(&self, hash: B256) -> Result<Bytes, RpcError> {
        let signature = self.signer.sign_message_sync(hash.as_slice());
        let signature = signature.map_err(|error| RpcError::new(-32603, format!("cannot sign: {error}")))?;
        Ok(signature.as_bytes().into())
    }
}

/// Returns the bundler's gas estimate for `op`, with head room for the real signature.
pub(crate) async fn estimate(
    bundler: &Upstream,
    op: &UserOp,
    entry_point: Address,
    state: Option<&Value>,
) -> Result<Limits, RpcError> {
    let mut params = vec![op.to_json(), json!(entry_point)];
    params.extend(state.cloned());
    let estimate = bundler
        .call("eth_estimateUserOperationGas", params.into())
        .await?;
    Limits::from_estimate(&estimate).map(head_room)
}

/// Adds head room to estimated limits.
pub(crate) fn head_room(limits: Limits) -> Limits {
    Limits {
        call: limits.call,
        verification: limits.verification * U256::from(13) / U256::from(10) + U256::from(HEAD_ROOM),
        pre_verification: limits.pre_verification * U256::from(21) / U256::from(20),
    }
}

/// Rejects an operation without the fees and limits that a paymaster signs.
pub(crate) fn check_signed(fees: Fees, limits: Limits) -> Result<(), RpcError> {
    if fees.max.is_zero() {
        return Err(RpcError::invalid_params(
            "`maxFeePerGas` is missing: the paymaster signs it",
        ));
    }
    if limits.verification.is_zero() || limits.pre_verification.is_zero() {
        return Err(RpcError::invalid_params(
            "gas limits are missing: the paymaster signs them",
        ));
    }
    Ok(())
}

/// Returns the end of an offer's validity, in seconds since the Unix epoch.
pub(crate) fn valid_until(expiry: Option<Duration>) -> U256 {
    let now = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default();
    U256::from((now + expiry.unwrap_or(VALID_FOR)).as_secs())
}

/// Returns the bundler's current gas fees.
pub(crate) async fn fees(bundler: &Upstream) -> Result<Fees, RpcError> {
    let price = bundler
        .call("pimlico_getUserOperationGasPrice", Value::Array(Vec::new()))
        .await?;
    Fees::from_json(&price["standard"])
}
