use std::time::Duration;

use alloy::primitives::{Address, U256};
use serde_json::{Value, json};

use crate::{
    jsonrpc::{Call, Outcome, RpcError},
    services::Services,
    sponsor::{PREMIUM, PRICE, Payment, Sponsor, estimate},
    user_op::{UserOp, address, number},
};

const DECIMALS: u32 = 6;

pub(crate) async fn serve(services: &Services, call: &Call) -> Outcome {
    match call.method.as_str() {
        "pm_sponsorUserOperation" => sponsor(services, call.param(0), call.param(1)).await,
        "pm_getFeeQuoteOrData" => quote_or_data(services, call.param(0), call.param(1)).await,
        method => Err(RpcError::unknown_method(method)),
    }
}

/// Signs paymaster data, and estimates the gas limits first when the request sets `calculateGasLimits`.
async fn sponsor(services: &Services, op: &Value, wish: &Value) -> Outcome {
    let payment = match wish["mode"].as_str() {
        Some("SPONSORED") => Payment::Sponsored,
        Some("ERC20") => Payment::Token(address(&wish["tokenInfo"]["feeTokenAddress"])?),
        _ => {
            return Err(RpcError::invalid_params(
                "`mode` must be \"SPONSORED\" or \"ERC20\"",
            ));
        }
    };
    let op = with_limits(services, UserOp::parse(op)?, payment, wish).await?;
    let data = services.sponsor.offer(&op, payment, expiry(wish)?)?;
    Ok(json!({
        "mode": wish["mode"],
        "paymasterAndData": data,
        "callGasLimit": op.limits.call.to_string(),
        "verificationGasLimit": op.limits.verification.to_string(),
        "preVerificationGas": op.limits.pre_verification.to_string(),
    }))
}

/// Returns fee quotes in mode `ERC20`, and paymaster data in mode `SPONSORED` or without a mode.
async fn quote_or_data(services: &Services, op: &Value, wish: &Value) -> Outcome {
    match wish["mode"].as_str() {
        Some("ERC20") => {}
        Some("SPONSORED") => return sponsor(services, op, wish).await,
        None => {
            let mut wish = wish.clone();
            wish["mode"] = json!("SPONSORED");
            return sponsor(services, op, &wish).await;
        }
        Some(_) => {
            return Err(RpcError::invalid_params(
                "`mode` must be \"SPONSORED\" or \"ERC20\"",
            ));
        }
    }

    // The account has not approved the token paymaster yet, so the estimate uses the sponsoring paymaster.
    let op = with_limits(services, UserOp::parse(op)?, Payment::Sponsored, wish).await?;
    let tokens = wanted_tokens(services, &wish["tokenInfo"])?;
    let quotes = tokens.into_iter().map(|token| quote(services, &op, token));
    Ok(json!({
        "mode": "ERC20",
        "paymasterAddress": services.sponsor.contracts.token_paymaster,
        "feeQuotes": quotes.collect::<Result<Vec<_>, _>>()?,
    }))
}

/// Returns the accepted tokens among those requested, the preferred one first. Without a request, all accepted tokens.
fn wanted_tokens(services: &Services, wish: &Value) -> Result<Vec<Address>, RpcError> {
    let listed = wish["tokenList"].as_array().into_iter().flatten();
    let preferred = Some(&wish["preferredToken"]).filter(|token| !token.is_null());
    let mut named = preferred
        .into_iter()
        .chain(listed)
        .map(address)
        .collect::<Result<Vec<_>, _>>()?;
    if named.is_empty() {
        return Ok(vec![services.sponsor.contracts.token]);
    }
    let mut seen = Vec::new();
    named.retain(|token| {
        services.sponsor.rate(*token).is_ok() && !seen.contains(token) && {
            seen.push(*token);
            true
        }
    });
    Ok(named)
}

fn quote(services: &Services, op: &UserOp, token: Address) -> Outcome {
    let unit = f64::from(10u32.pow(DECIMALS));
    let charge = Sponsor::max_charge(op, services.sponsor.rate(token)?);
    let charge = u64::try_from(charge).map_err(|_| RpcError::invalid_params("the fees are out of bounds"))?;
    let max_gas_fee = charge as f64 / unit;
    Ok(json!({
        "symbol": "LUSD",
        "decimal": DECIMALS,
        "tokenAddress": token,
        "maxGasFee": max_gas_fee,
        "maxGasFeeUSD": max_gas_fee,
        "exchangeRate": PRICE as f64 / unit,
        "logoUrl": "",
        "premiumPercentage": PREMIUM,
        "validUntil": 0,
    }))
}

async fn with_limits(
    services: &Services,
    mut op: UserOp,
    payment: Payment,
    wish: &Value,
) -> Result<UserOp, RpcError> {
    if wish["calculateGasLimits"].as_bool().unwrap_or(false) {
        op.paymaster_and_data = services.sponsor.stub(&op, payment)?;
        op.limits = estimate(
            &services.bundler,
            &op,
            services.sponsor.contracts.entry_point,
            None,
        )
        .await?;
    }
    Ok(op)
}

fn expiry(wish: &Value) -> Result<Option<Duration>, RpcError> {
    let seconds = number(wish, "expiryDuration")?;
    if seconds > U256::from(u32::MAX) {
        return Err(RpcError::invalid_params("`expiryDuration` is out of bounds"));
    }
    Ok((!seconds.is_zero()).then(|| Duration::from_secs(seconds.to())))
}
