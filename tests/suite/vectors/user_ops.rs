use std::error::Error;

use serde_json::Value;
use use_aa::{EntryPoint, Fees, GasLimits, UserOperation};

use super::read::{hex, number, same, small};
use crate::support::Outcome;

pub(super) fn hash(input: &Value, output: &Value) -> Outcome {
    let op = user_op(&input["userOp"])?;
    same("packed", op.packed(), &output["packed"])?;
    same(
        "userOpHash",
        op.hash(entry_point(input)?).0,
        &output["userOpHash"],
    )
}

pub(super) fn entry_point(input: &Value) -> Result<EntryPoint, Box<dyn Error>> {
    Ok(EntryPoint {
        address: hex(&input["entryPoint"])?,
        chain_id: small(&input["chainId"])?,
    })
}

pub(super) fn user_op(value: &Value) -> Result<UserOperation, Box<dyn Error>> {
    Ok(UserOperation {
        sender: hex(&value["sender"])?,
        nonce: number(&value["nonce"])?,
        init_code: hex(&value["initCode"])?,
        call_data: hex(&value["callData"])?,
        gas: GasLimits {
            call: number(&value["callGasLimit"])?,
            verification: number(&value["verificationGasLimit"])?,
            pre_verification: number(&value["preVerificationGas"])?,
        },
        fees: Fees {
            max_fee_per_gas: number(&value["maxFeePerGas"])?,
            max_priority_fee_per_gas: number(&value["maxPriorityFeePerGas"])?,
        },
        paymaster_and_data: hex(&value["paymasterAndData"])?,
    })
}
