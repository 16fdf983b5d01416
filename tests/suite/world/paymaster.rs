use std::time::Duration;

use alloy::primitives::{Address, Bytes, U256};
use serde_json::{Value, json};

use super::{
    Dialect, Outcome, Refusal,
    abi::{SPONSOR, TOKEN, TOKEN_PAYMASTER},
    bundler::{estimate, gas_in},
    chain::{Chain, token_cost},
    op::{Op, address, check_entry_point},
    split::is_split,
};

/// Serves a JSON-RPC method of the paymaster.
pub(super) fn serve(dialect: Dialect, chain: &Chain, method: &str, params: &Value, now: Duration) -> Outcome {
    match (dialect, method) {
        (Dialect::Biconomy, "pm_sponsorUserOperation") => sponsor(chain, &params[0], &params[1], now),
        (Dialect::Biconomy, "pm_getFeeQuoteOrData") => quotes(chain, &params[0], &params[1], now),
        (Dialect::Biconomy, method) => Err(Refusal::unknown_method(method)),
        (_, "pm_getPaymasterStubData") => {
            check_entry_point(&params[1])?;
            Op::whole(&without_payment(&params[0]))?;
            let paymaster = payer(&params[3]["token"])?;
            if is_split(&params[0]) {
                let [verification, post_op] = [U256::from(40_000), U256::from(45_000)];
                return Ok(json!({
                    "paymaster": paymaster, "paymasterData": Bytes::from([0xff; 32]), "isFinal": false,
                    "paymasterVerificationGasLimit": verification, "paymasterPostOpGasLimit": post_op,
                }));
            }
            Ok(json!({"paymasterAndData": stub(paymaster), "isFinal": false}))
        }
        (_, "pm_getPaymasterData") => {
            check_entry_point(&params[1])?;
            let op = Op::whole(&without_payment(&params[0]))?;
            let agreed = agreed(&op, payer(&params[3]["token"])?)?;
            match op.is_modern {
                true => Ok(json!({
                    "paymaster": Bytes::copy_from_slice(&agreed[..20]),
                    "paymasterData": Bytes::copy_from_slice(&agreed[20..]),
                })),
                false => Ok(json!({ "paymasterAndData": agreed })),
            }
        }
        (_, "pimlico_getTokenQuotes") => {
            check_entry_point(&params[1])?;
            let quote = json!({
                "token": TOKEN, "paymaster": TOKEN_PAYMASTER,
                "exchangeRate": U256::from(500_000), "postOpGas": U256::from(45_000),
            });
            Ok(json!({"quotes": [quote]}))
        }
        (_, method) => Err(Refusal::unknown_method(method)),
    }
}

fn sponsor(chain: &Chain, op: &Value, terms: &Value, now: Duration) -> Outcome {
    let paymaster = match terms["mode"].as_str() {
        Some("SPONSORED") => SPONSOR,
        Some("ERC20") => payer(&terms["tokenInfo"]["feeTokenAddress"])?,
        _ => return Err(Refusal::params("`mode` must be \"SPONSORED\" or \"ERC20\"")),
    };
    let mut op = Op::draft(op)?;
    if terms["calculateGasLimits"] == true {
        op.paymaster_and_data = stub(paymaster);
        op.gas = estimate(chain, &op, now)?;
    }
    let mut answer = gas_in(Dialect::Biconomy, op.gas);
    answer["mode"] = terms["mode"].clone();
    answer["paymasterAndData"] = json!(agreed(&op, paymaster)?);
    Ok(answer)
}

fn quotes(chain: &Chain, op: &Value, terms: &Value, now: Duration) -> Outcome {
    let mut op = Op::draft(op)?;
    op.paymaster_and_data = stub(SPONSOR);
    if terms["calculateGasLimits"] == true {
        op.gas = estimate(chain, &op, now)?;
    }
    // Doubled, because charging the token may cost additional gas.
    let most = token_cost(op.max_cost()) * U256::from(2);
    let quote = json!({
        "symbol": "LUSD",
        "decimal": 6,
        "tokenAddress": TOKEN,
        "maxGasFee": most.to::<u64>() as f64 / 1e6,
    });
    Ok(json!({"mode": "ERC20", "paymasterAddress": TOKEN_PAYMASTER, "feeQuotes": [quote]}))
}

/// Returns the token paymaster for the fee token, and the sponsoring paymaster without a token.
fn payer(token: &Value) -> Result<Address, Refusal> {
    match token {
        Value::Null => Ok(SPONSOR),
        token if address(token)? == TOKEN => Ok(TOKEN_PAYMASTER),
        _ => Err(Refusal::params("the token is not taken")),
    }
}

/// Returns stub data of the same length as signed paymaster data.
fn stub(paymaster: Address) -> Bytes {
    [paymaster.as_slice(), &[0xff; 32]].concat().into()
}

fn agreed(op: &Op, paymaster: Address) -> Result<Bytes, Refusal> {
    if op.max_fee.is_zero() || op.gas.verification.is_zero() || op.gas.pre_verification.is_zero() {
        return Err(Refusal::params(
            "fees and limits are missing: the paymaster signs them",
        ));
    }
    Ok([paymaster.as_slice(), op.agreement(paymaster).as_slice()]
        .concat()
        .into())
}

/// Adds the field `paymasterAndData`, which ERC-7677 requests omit.
fn without_payment(op: &Value) -> Value {
    let mut op = op.clone();
    if op["paymasterAndData"].is_null() && !is_split(&op) {
        op["paymasterAndData"] = json!("0x");
    }
    if op["signature"].is_null() {
        op["signature"] = json!("0x");
    }
    op
}
