use std::error::Error;

use alloy::primitives::Bytes;
use serde_json::Value;
use use_aa::{Deployment, EntryPoint, Fees, GasLimits, PaymasterData, UserOperation};

use super::read::{hex, number, same, small};
use crate::support::Outcome;

pub(super) fn hash(input: &Value, output: &Value) -> Outcome {
    let op = user_op(&input["userOp"])?;
    same("packed", entry_point(input)?.packed(&op), &output["packed"])?;
    same(
        "userOpHash",
        op.hash(entry_point(input)?).0,
        &output["userOpHash"],
    )
}

pub(super) fn entry_point(input: &Value) -> Result<EntryPoint, Box<dyn Error>> {
    Ok(EntryPoint::v0_6(small(&input["chainId"])?).at(hex(&input["entryPoint"])?))
}

pub(super) fn user_op(value: &Value) -> Result<UserOperation, Box<dyn Error>> {
    Ok(UserOperation {
        sender: hex(&value["sender"])?,
        nonce: number(&value["nonce"])?,
        deployment: Deployment::from_init_code(&hex::<Bytes>(&value["initCode"])?),
        call_data: hex(&value["callData"])?,
        gas: GasLimits {
            call: number(&value["callGasLimit"])?,
            verification: number(&value["verificationGasLimit"])?,
            pre_verification: number(&value["preVerificationGas"])?,
            ..GasLimits::default()
        },
        fees: Fees {
            max_fee_per_gas: number(&value["maxFeePerGas"])?,
            max_priority_fee_per_gas: number(&value["maxPriorityFeePerGas"])?,
        },
        paymaster: PaymasterData::from_bytes(&hex::<Bytes>(&value["paymasterAndData"])?),
    })
}
