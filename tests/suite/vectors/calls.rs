use std::error::Error;

use alloy::primitives::{Address, U256};
use serde_json::Value;
use use_aa::{
    Call,
    account::biconomy_v2 as account,
    primitives::units_rounded_up,
    session::merkle::{contracts::SESSION_KEY_MANAGER, set_merkle_root},
};

use super::read::{hex, list, number, same, small, text};
use crate::support::Outcome;

pub(super) fn call_data(input: &Value, output: &Value) -> Outcome {
    let anyone = Address::ZERO;
    let data = match text(&input["kind"])? {
        "execute" => account::call_data(&[call(input)?]),
        "executeBatch" => {
            let calls = list(&input["txs"])?
                .iter()
                .map(call)
                .collect::<Result<Vec<_>, _>>()?;
            account::batch_call_data(&calls)
        }
        "enableModule" => account::enable_module(anyone, hex(&input["module"])?).data,
        "disableModule" => account::disable_module(anyone, hex(&input["prev"])?, hex(&input["module"])?).data,
        "setupAndEnableModule" => {
            let setup_data = hex(&input["setupData"])?;
            account::set_up_and_enable_module(anyone, hex(&input["module"])?, setup_data).data
        }
        "setMerkleRoot" => set_merkle_root(SESSION_KEY_MANAGER, hex(&input["root"])?).data,
        "tokenApproval" => return token_approval(input, output),
        "isValidSignature" => account::is_valid_signature(hex(&input["hash"])?, hex(&input["signature"])?),
        kind => return Err(format!("unknown kind {kind}").into()),
    };
    same("call data", data, output)
}

/// The original multiplies in floating point. The library is exact, and covers the quote.
fn token_approval(input: &Value, output: &Value) -> Outcome {
    let quote = &input["feeQuote"];
    let amount = if input["maxApproval"] == true {
        U256::MAX
    } else {
        // Rust formats a float with all its digits and no exponent.
        let fee = quote["maxGasFee"]
            .as_f64()
            .ok_or("maxGasFee is no number")?
            .to_string();
        units_rounded_up(&fee, small(&quote["decimal"])?).ok_or_else(|| format!("{fee} is no amount"))?
    };
    let ours =
        use_aa::contracts::token::approve(hex(&quote["tokenAddress"])?, hex(&input["spender"])?, amount).data;
    let theirs: alloy::primitives::Bytes = hex(output)?;
    let (head, tail) = theirs
        .split_at_checked(theirs.len().saturating_sub(32))
        .ok_or("too short")?;
    if ours.get(..head.len()) != Some(head) {
        return Err(format!("ours {ours}, theirs {theirs}").into());
    }
    let theirs = U256::from_be_slice(tail);
    let off = amount.abs_diff(theirs);
    if off > theirs / U256::from(1_000_000_000_000_000u64) {
        return Err(format!("ours {amount}, theirs {theirs}").into());
    }
    Ok(())
}

fn call(value: &Value) -> Result<Call, Box<dyn Error>> {
    Ok(Call {
        to: hex(&value["to"])?,
        value: number(&value["value"])?,
        data: hex(&value["data"])?,
    })
}
