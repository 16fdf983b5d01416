use std::error::Error;

use alloy::primitives::{Address, U256};
use serde_json::Value;
use use_aa::{Deployment, EntryPoint, Fees, GasLimits, PaymasterData, PaymasterGas, UserOperation};

use super::super::read::{hex, number, same, small};
use crate::support::Outcome;

pub(super) fn hash_v0_7(input: &Value, output: &Value) -> Outcome {
    hash(EntryPoint::v0_7(small(&input["chainId"])?), input, output)
}

pub(super) fn hash_v0_8(input: &Value, output: &Value) -> Outcome {
    hash(EntryPoint::v0_8(small(&input["chainId"])?), input, output)
}

pub(super) fn hash_v0_9(input: &Value, output: &Value) -> Outcome {
    hash(EntryPoint::v0_9(small(&input["chainId"])?), input, output)
}

fn hash(entry_point: EntryPoint, input: &Value, output: &Value) -> Outcome {
    let entry_point = entry_point.at(hex(&input["entryPoint"])?);
    let op = user_op(&input["userOp"], &input["delegate"])?;
    same("userOpHash", op.hash(entry_point).0, &output["userOpHash"])
}

fn user_op(value: &Value, delegate: &Value) -> Result<UserOperation, Box<dyn Error>> {
    let optional = |name: &str| match &value[name] {
        Value::Null => Ok(U256::ZERO),
        found => number(found),
    };
    let bytes = |name: &str| match &value[name] {
        Value::Null => Ok("".parse()?),
        found => hex(found),
    };
    // The hash has the delegate in place of the factory of EIP-7702.
    let factory = if delegate.is_null() {
        &value["factory"]
    } else {
        delegate
    };
    let deployment = match factory {
        Value::Null => None,
        factory => Some(Deployment::Factory {
            factory: hex::<Address>(factory)?,
            data: bytes("factoryData")?,
        }),
    };
    let paymaster = match &value["paymaster"] {
        Value::Null => None,
        paymaster => Some(PaymasterData {
            paymaster: hex::<Address>(paymaster)?,
            data: bytes("paymasterData")?,
        }),
    };
    Ok(UserOperation {
        sender: hex(&value["sender"])?,
        nonce: number(&value["nonce"])?,
        deployment,
        call_data: hex(&value["callData"])?,
        gas: GasLimits {
            call: number(&value["callGasLimit"])?,
            verification: number(&value["verificationGasLimit"])?,
            pre_verification: number(&value["preVerificationGas"])?,
            paymaster: PaymasterGas {
                verification: optional("paymasterVerificationGasLimit")?,
                post_op: optional("paymasterPostOpGasLimit")?,
            },
        },
        fees: Fees {
            max_fee_per_gas: number(&value["maxFeePerGas"])?,
            max_priority_fee_per_gas: number(&value["maxPriorityFeePerGas"])?,
        },
        paymaster,
    })
}
