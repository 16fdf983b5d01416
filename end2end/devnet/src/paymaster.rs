//! The ERC-7677 paymaster, with Pimlico's extensions.

use alloy::primitives::U256;
use serde_json::{Value, json};

use crate::{
    jsonrpc::{Call, Outcome, RpcError},
    services::Services,
    sponsor::{POST_OP_GAS, PRICE, Payment, estimate},
    user_op::{UserOp, address, number},
};

const NAME: &str = "use-aa devnet";

pub(crate) async fn serve(services: &Services, call: &Call) -> Outcome {
    match call.method.as_str() {
        "pm_getPaymasterStubData" => stub_data(services, call),
        "pm_getPaymasterData" => data(services, call),
        "pm_sponsorUserOperation" => sponsor(services, call).await,
        "pimlico_getTokenQuotes" => token_quotes(services, call),
        "eth_chainId" => Ok(json!(U256::from(services.sponsor.chain_id))),
        "pm_supportedEntryPoints" => Ok(json!([services.sponsor.contracts.entry_point])),
        method => Err(RpcError::unknown_method(method)),
    }
}

fn stub_data(services: &Services, call: &Call) -> Outcome {
    check_entry_point(services, call.param(1))?;
    check_chain(services, call.params.get(2))?;
    let op = UserOp::parse(call.param(0))?;
    let data = services.sponsor.stub(&op, payment(call.param(3))?)?;
    Ok(json!({"paymasterAndData": data, "sponsor": {"name": NAME}, "isFinal": false}))
}

fn data(services: &Services, call: &Call) -> Outcome {
    check_entry_point(services, call.param(1))?;
    check_chain(services, call.params.get(2))?;
    let op = UserOp::parse(call.param(0))?;
    let data = services.sponsor.offer(&op, payment(call.param(3))?, None)?;
    Ok(json!({ "paymasterAndData": data }))
}

/// Estimates and signs in one call (`pm_sponsorUserOperation`), as Pimlico does.
async fn sponsor(services: &Services, call: &Call) -> Outcome {
    check_entry_point(services, call.param(1))?;
    let mut op = UserOp::parse(call.param(0))?;
    let payment = payment(call.param(2))?;

    op.paymaster_and_data = services.sponsor.stub(&op, payment)?;
    op.limits = estimate(
        &services.bundler,
        &op,
        services.sponsor.contracts.entry_point,
        None,
    )
    .await?;
    Ok(json!({
        "paymasterAndData": services.sponsor.offer(&op, payment, None)?,
        "callGasLimit": op.limits.call,
        "verificationGasLimit": op.limits.verification,
        "preVerificationGas": op.limits.pre_verification,
    }))
}

fn token_quotes(services: &Services, call: &Call) -> Outcome {
    check_entry_point(services, call.param(1))?;
    check_chain(services, call.params.get(2))?;
    let Some(tokens) = call.param(0)["tokens"].as_array() else {
        return Err(RpcError::invalid_params("`tokens` must be a list of addresses"));
    };
    let quotes = tokens.iter().map(|token| {
        let token = address(token)?;
        Ok(json!({
            "paymaster": services.sponsor.contracts.token_paymaster,
            "token": token,
            "postOpGas": U256::from(POST_OP_GAS),
            "exchangeRate": services.sponsor.rate(token)?,
            "exchangeRateNativeToUsd": U256::from(PRICE),
        }))
    });
    let quotes = quotes.collect::<Result<Vec<Value>, RpcError>>()?;
    Ok(json!({ "quotes": quotes }))
}

/// Reads the payment from the context: `{token}` selects payment in this ERC-20 token.
fn payment(context: &Value) -> Result<Payment, RpcError> {
    match &context["token"] {
        Value::Null => Ok(Payment::Sponsored),
        token => address(token).map(Payment::Token),
    }
}

fn check_entry_point(services: &Services, given: &Value) -> Result<(), RpcError> {
    let served = services.sponsor.contracts.entry_point;
    match address(given) {
        Ok(given) if given == served => Ok(()),
        _ => Err(RpcError::invalid_params(format!(
            "the entry point {given} is not served, only {served}"
        ))),
    }
}

fn check_chain(services: &Services, given: Option<&Value>) -> Result<(), RpcError> {
    let served = services.sponsor.chain_id;
    let given = given.map_or(Ok(U256::ZERO), |chain| {
        number(&json!({ "chainId": chain }), "chainId")
    })?;
    if given == U256::from(served) {
        return Ok(());
    }
    Err(RpcError::invalid_params(format!(
        "chain {given} is not served, only {served}"
    )))
}
