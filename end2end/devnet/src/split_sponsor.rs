//! Paymaster data for v0.7 and v0.8.

use alloy::{
    primitives::{Address, Bytes, U256, keccak256},
    sol_types::SolValue,
};
use serde_json::{Value, json};

use crate::{
    jsonrpc::{RpcError, Upstream},
    split_op::{PaymasterLimits, SplitUserOp},
    sponsor::{Payment, Sponsor, check_signed, head_room, valid_until},
    user_op::Limits,
};

/// The gas of the paymaster's validation: two hashes, a signature and the copies of the operation.
const VERIFICATION_GAS: u64 = 100_000;
/// The gas of the validation in the final data. Some services measure it again when they sign, so a client must take the
/// limits that come with the data.
const SIGNED_VERIFICATION_GAS: u64 = 105_000;
/// The gas limit of `postOp`, which transfers tokens.
const POST_OP_GAS_LIMIT: u64 = 120_000;

/// A paymaster with its data and gas limits.
#[derive(Clone, Debug)]
pub(crate) struct SplitOffer {
    paymaster: Address,
    data: Bytes,
    limits: PaymasterLimits,
}

impl SplitOffer {
    /// Encodes the offer with the field names of an operation.
    pub(crate) fn to_json(&self) -> Value {
        json!({
            "paymaster": self.paymaster,
            "paymasterData": self.data,
            "paymasterVerificationGasLimit": self.limits.verification,
            "paymasterPostOpGasLimit": self.limits.post_op,
        })
    }
}

impl Sponsor {
    /// Creates stub paymaster data (ERC-7677) of the right length, for estimates.
    pub(crate) fn split_stub(
        &self,
        paymaster: Address,
        op: &SplitUserOp,
        payment: Payment,
    ) -> Result<SplitOffer, RpcError> {
        let (token, rate) = match payment {
            Payment::Sponsored => (Address::ZERO, U256::ZERO),
            Payment::Token(token) => (token, self.rate(token)?),
        };
        let limits = op.paymaster_limits.unwrap_or(PaymasterLimits {
            verification: U256::from(VERIFICATION_GAS),
            post_op: U256::from(POST_OP_GAS_LIMIT),
        });
        let terms = (valid_until(None), U256::ZERO, token, rate).abi_encode_params();
        let hash = keccak256(
            (
                U256::from(self.chain_id),
                paymaster,
                keccak256(op.calls().abi_encode_params()),
                keccak256(op.gas(limits).abi_encode_params()),
                keccak256(&terms),
            )
                .abi_encode_params(),
        );
        let data = [terms.as_slice(), &self.signature(hash)?].concat().into();
        Ok(SplitOffer {
            paymaster,
            data,
            limits,
        })
    }

    /// Signs paymaster data for `op` as it is, with limits of the paymaster's own. A change of calls, limits or fees invalidates
    /// the signature.
    pub(crate) fn split_offer(
        &self,
        paymaster: Address,
        op: &SplitUserOp,
        payment: Payment,
    ) -> Result<SplitOffer, RpcError> {
        check_signed(op.fees, op.limits)?;
        let mut op = op.clone();
        if let Some(limits) = &mut op.paymaster_limits {
            limits.verification = U256::from(SIGNED_VERIFICATION_GAS);
        }
        self.split_stub(paymaster, &op, payment)
    }
}

/// Sets the gas limits of `op` to the bundler's estimate with a paymaster, with head room for the real signature.
pub(crate) async fn estimate_split(
    bundler: &Upstream,
    op: &mut SplitUserOp,
    entry_point: Address,
    stub: &SplitOffer,
) -> Result<(), RpcError> {
    let with_stub = op.to_json(stub.paymaster, &stub.data, stub.limits);
    let estimate = bundler
        .call("eth_estimateUserOperationGas", json!([with_stub, entry_point]))
        .await?;
    op.limits = head_room(Limits::from_estimate(&estimate)?);
    op.paymaster_limits = Some(stub.limits);
    Ok(())
}
