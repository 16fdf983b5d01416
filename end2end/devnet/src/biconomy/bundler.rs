use serde_json::{Value, json};

use crate::{
    jsonrpc::{Call, Outcome, RpcError},
    services::Services,
    sponsor::{self, fees},
    user_op::{UserOp, address},
};

pub(crate) async fn serve(services: &Services, call: &Call) -> Outcome {
    match call.method.as_str() {
        "eth_chainId" | "eth_supportedEntryPoints" | "eth_getUserOperationByHash" => {
            services.bundler.call(&call.method, call.params.clone()).await
        }
        "eth_estimateUserOperationGas" => estimate(services, call).await,
        "eth_sendUserOperation" => send(services, call).await,
        "eth_getUserOperationReceipt" => receipt(services, call.param(0)).await,
        "biconomy_getGasFeeValues" => gas_fee_values(services).await,
        "biconomy_getUserOperationStatus" => status(services, call.param(0)).await,
        method => Err(RpcError::unknown_method(method)),
    }
}

/// Returns the gas limits and fees in decimal, with head room on the limits.
async fn estimate(services: &Services, call: &Call) -> Outcome {
    let op = UserOp::parse(call.param(0))?;
    let entry_point = address(call.param(1))?;
    let (limits, fees) = futures::try_join!(
        sponsor::estimate(&services.bundler, &op, entry_point, call.params.get(2)),
        fees(&services.bundler)
    )?;
    Ok(json!({
        "callGasLimit": limits.call.to_string(),
        "verificationGasLimit": limits.verification.to_string(),
        "preVerificationGas": limits.pre_verification.to_string(),
        "maxFeePerGas": fees.max.to_string(),
        "maxPriorityFeePerGas": fees.priority.to_string(),
        "validAfter": 0,
        "validUntil": 0,
    }))
}

async fn gas_fee_values(services: &Services) -> Outcome {
    let fees = fees(&services.bundler).await?;
    Ok(json!({"maxFeePerGas": fees.max.to_string(), "maxPriorityFeePerGas": fees.priority.to_string()}))
}

async fn send(services: &Services, call: &Call) -> Outcome {
    match call.param(2)["simulation_type"].as_str() {
        None if call.param(2).is_null() => {}
        Some("validation" | "validation_and_execution") => {}
        _ => {
            return Err(RpcError::invalid_params(
                "`simulation_type` must be \"validation\" or \"validation_and_execution\"",
            ));
        }
    }
    let op = UserOp::parse(call.param(0))?;
    if call.param(2)["simulation_type"] == "validation_and_execution" {
        simulate(services, &op, call.param(1)).await?;
    }
    services
        .bundler
        .call(&call.method, json!([op.to_json(), call.param(1)]))
        .await
}

/// Rejects an operation whose calls would revert.
async fn simulate(services: &Services, op: &UserOp, entry_point: &Value) -> Result<(), RpcError> {
    services
        .bundler
        .call("eth_estimateUserOperationGas", json!([op.to_json(), entry_point]))
        .await
        .map(drop)
}

/// Returns the bundler's receipt, with `success` as text.
async fn receipt(services: &Services, hash: &Value) -> Outcome {
    let mut receipt = services
        .bundler
        .call("eth_getUserOperationReceipt", json!([hash]))
        .await?;
    if let Some(success) = receipt.get("success").and_then(Value::as_bool) {
        receipt["success"] = success.to_string().into();
    }
    Ok(receipt)
}

/// Returns the status of an operation. The receipt is read first: the bundler has the receipt before its own status
/// says so.
async fn status(services: &Services, hash: &Value) -> Outcome {
    let receipt = receipt(services, hash).await?;
    if !receipt.is_null() {
        let transaction = &receipt["receipt"]["transactionHash"];
        return Ok(
            json!({"state": "CONFIRMED", "transactionHash": transaction, "userOperationReceipt": receipt}),
        );
    }
    let status = services
        .bundler
        .call("pimlico_getUserOperationStatus", json!([hash]))
        .await?;
    let state = match status["status"].as_str().unwrap_or_default() {
        "not_submitted" => "PENDING",
        "submitted" | "included" | "reverted" => "SUBMITTED",
        "rejected" | "failed" => "FAILED",
        _ => "NOT_FOUND",
    };
    Ok(json!({"state": state, "transactionHash": status["transactionHash"]}))
}
