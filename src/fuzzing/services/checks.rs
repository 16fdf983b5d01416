use alloy::{
    hex,
    primitives::{Address, U256, U512},
};
use serde_json::Value;

use super::{HASH, TOKENS};
use crate::{
    fuzzing::assert_shown,
    primitives::{Deployment, Fees, GasLimits, PaymasterData, UserOpReceipt, UserOperation},
    rpc::{TokenQuote, TokenRate},
};

/// The maximum number of bits that the entry point accepts.
const BITS: usize = 120;
const COIN: u64 = 1_000_000_000_000_000_000;

/// Returns true if a value is a number, in any notation of services.
pub(super) fn is_number(value: &Value, number: U256) -> bool {
    let value = value.get("hex").or_else(|| value.get("_hex")).unwrap_or(value);
    let Some(text) = value.as_str() else {
        // serde_json keeps a number above 64 bits as the nearest one of floating point.
        return match value.as_u64() {
            Some(small) => U256::from(small) == number,
            None => value.as_f64() == number.to_string().parse().ok(),
        };
    };
    let written = match text.strip_prefix("0x").or_else(|| text.strip_prefix("0X")) {
        Some(digits) => (digits.to_lowercase(), format!("{number:x}")),
        None => (text.to_owned(), number.to_string()),
    };
    written.0.trim_start_matches('0') == written.1.trim_start_matches('0')
}

/// Returns true for `true`, in any notation of services.
pub(super) fn is_true(value: &Value) -> bool {
    let is_text = value
        .as_str()
        .is_some_and(|text| text.eq_ignore_ascii_case("true"));
    *value == true || is_text || is_number(value, U256::ONE)
}

/// Returns true if a value is these bytes in hex. No bytes have several forms.
pub(super) fn is_data(value: &Value, bytes: &[u8]) -> bool {
    let is_none = value.is_null() || matches!(value.as_str(), Some("" | "0x" | "0x0"));
    is_hex(value, bytes) || is_none && bytes.is_empty()
}

/// Returns true if a value is these bytes in hex.
pub(super) fn is_hex(value: &Value, bytes: &[u8]) -> bool {
    let text = value.as_str().unwrap_or_default().to_lowercase();
    text.strip_prefix("0x").unwrap_or(&text) == hex::encode(bytes)
}

pub(super) fn receipt(receipt: Option<UserOpReceipt>, answer: &Value) {
    let Some(receipt) = receipt else {
        return assert!(answer.is_null());
    };
    assert_eq!(receipt.hash.0, HASH);
    assert!(is_hex(&answer["sender"], receipt.sender.as_slice()));
    assert!(is_number(&answer["nonce"], receipt.nonce));
    assert!(is_number(&answer["actualGasCost"], receipt.actual_gas_cost));
    assert!(is_number(&answer["actualGasUsed"], receipt.actual_gas_used));
    let said = &answer["success"];
    let is = |success: bool| {
        let number = U256::from(u8::from(success));
        let text = if success { "true" } else { "false" };
        *said == success || *said == text || is_number(said, number)
    };
    assert!(is(receipt.success), "{said}");
    match receipt.paymaster {
        Some(payer) => assert!(!payer.is_zero() && is_hex(&answer["paymaster"], payer.as_slice())),
        None => assert!(matches!(
            answer["paymaster"]
                .as_str()
                .map(|text| text.trim_matches(['0', 'x'])),
            None | Some("")
        )),
    }
    assert_shown(receipt.reason.as_deref().unwrap_or_default(), 241);
    let logs = answer["logs"].as_array().map_or(0, Vec::len);
    assert_eq!(receipt.logs.len(), logs);
    let inclusion = &answer["receipt"];
    assert!(is_hex(
        &inclusion["transactionHash"],
        receipt.transaction.hash.as_slice()
    ));
    assert!(is_hex(
        &inclusion["blockHash"],
        receipt.transaction.block_hash.as_slice()
    ));
}

pub(super) fn limits(gas: GasLimits, answer: &Value) {
    let verification = match &answer["verificationGasLimit"] {
        Value::Null => &answer["verificationGas"],
        value => value,
    };
    for (limit, written) in [
        (gas.call, &answer["callGasLimit"]),
        (gas.verification, verification),
        (gas.pre_verification, &answer["preVerificationGas"]),
    ] {
        assert!(limit.bit_len() <= BITS && is_number(written, limit), "{limit}");
    }
}

pub(super) fn fees(fees: Fees, answer: &Value) {
    assert!(fees.max_priority_fee_per_gas <= fees.max_fee_per_gas);
    assert!(fees.max_fee_per_gas.bit_len() <= BITS);
    let is_raised = fees.max_fee_per_gas == fees.max_priority_fee_per_gas;
    assert!(is_raised || is_number(&answer["maxFeePerGas"], fees.max_fee_per_gas));
    assert!(is_number(
        &answer["maxPriorityFeePerGas"],
        fees.max_priority_fee_per_gas
    ));
}

pub(super) fn payment(paymaster: &PaymasterData, answer: &Value) {
    let paymaster_and_data = paymaster.to_bytes();
    assert!((20..=4096).contains(&paymaster_and_data.len()));
    let (address, rest) = paymaster_and_data.split_at(20);
    let is_split = is_hex(&answer["paymaster"], address) && is_data(&answer["paymasterData"], rest);
    let joined = &answer["paymasterAndData"];
    assert!(is_hex(joined, &paymaster_and_data) || joined.is_null() && is_split);
}

/// Asserts that an accepted answer of a paymaster leaves the operation unchanged.
pub(super) fn unchanged(answer: &Value, op: &UserOperation, with_limits: bool) {
    let as_it_is = |field: &str, number: U256| {
        let written = &answer[field];
        // A repeated field may be in upper case, because the repeated value is not sent.
        let small = written.as_str().map(|text| text.to_lowercase().into());
        let is_same = is_number(small.as_ref().unwrap_or(written), number);
        assert!(written.is_null() || is_same, "{field}: {written}");
    };
    as_it_is("nonce", op.nonce);
    as_it_is("maxFeePerGas", op.fees.max_fee_per_gas);
    as_it_is("maxPriorityFeePerGas", op.fees.max_priority_fee_per_gas);
    if with_limits {
        as_it_is("callGasLimit", op.gas.call);
        as_it_is("verificationGasLimit", op.gas.verification);
        as_it_is("preVerificationGas", op.gas.pre_verification);
    }
    let init_code = op
        .deployment
        .as_ref()
        .map(Deployment::init_code)
        .unwrap_or_default();
    for (field, bytes) in [
        ("sender", op.sender.as_slice()),
        ("initCode", &init_code[..]),
        ("callData", &op.call_data[..]),
    ] {
        let written = &answer[field];
        let is_same = written.is_null()
            || is_hex(written, bytes)
            || is_number(written, U256::try_from_be_slice(bytes).unwrap_or_default());
        assert!(is_same, "{field}: {written}");
    }
}

/// Asserts that each token was requested and occurs once.
pub(super) fn once_each(tokens: impl Iterator<Item = Address>) {
    let tokens = tokens.collect::<Vec<_>>();
    for (at, token) in tokens.iter().enumerate() {
        assert!(TOKENS.contains(token) && !tokens[..at].contains(token), "{token}");
    }
}

/// Asserts that the maximum fee is not less than the exact fee.
pub(super) fn rate(rate: TokenRate) {
    let most = U256::MAX >> (256 - BITS);
    for (gas, fee) in [(U256::from(500_000), U256::from(COIN / 1_000_000)), (most, most)] {
        let limits = GasLimits {
            call: gas,
            ..GasLimits::default()
        };
        let fees = Fees {
            max_fee_per_gas: fee,
            max_priority_fee_per_gas: U256::ZERO,
        };
        let wide = |number: U256| number.to::<U512>();
        let exact = (wide(gas) + wide(rate.post_op_gas)) * wide(fee) * wide(rate.rate);
        let exact = exact.div_ceil(U512::from(COIN));
        let told = rate.max_fee(limits, fees);
        assert!(told == U256::MAX || wide(told) == exact, "{told} is not {exact}");
    }
}

/// Asserts that a quote covers the amount in the paymaster's answer.
pub(super) fn quote(quote: &TokenQuote, answer: &Value) {
    assert_shown(&quote.symbol, 20);
    assert!(is_hex(&answer["paymasterAddress"], quote.paymaster.as_slice()));
    let written = answer["feeQuotes"].as_array().into_iter().flatten();
    let mut written = written.filter(|written| is_hex(&written["tokenAddress"], quote.token.as_slice()));
    let amount = written.next().and_then(|written| written["maxGasFee"].as_f64());
    let amount = amount.expect("a quote has an amount");
    assert!(covers(quote.max_fee, amount, quote.decimals));
}

/// Returns true if an amount in a token's smallest unit is at least a decimal amount of the token.
fn covers(units: U256, amount: f64, decimals: u8) -> bool {
    // amount = steps * 2^shift
    let bits = amount.to_bits();
    let (exponent, fraction) = (bits >> 52 & 0x7ff, bits & ((1 << 52) - 1));
    let (steps, shift) = match exponent {
        0 => (fraction, -1074),
        _ => (
            fraction | 1 << 52,
            i32::try_from(exponent).unwrap_or_default() - 1075,
        ),
    };
    let Some(scale) = U512::from(10).checked_pow(U512::from(decimals)) else {
        return false;
    };
    let scaled = U512::from(steps) * scale;
    match u32::try_from(shift) {
        Ok(left) => scaled
            .checked_mul(U512::from(2).pow(U512::from(left)))
            .is_some_and(|exact| units.to::<U512>() >= exact),
        Err(_) => {
            units.to::<U512>()
                >= scaled
                    .checked_shr(shift.unsigned_abs() as usize)
                    .unwrap_or_default()
        }
    }
}
