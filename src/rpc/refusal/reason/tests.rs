use serde_json::json;

use super::*;

fn refusal(code: i64, message: &str) -> Refusal {
    Refusal::new(code, message, None)
}

#[test]
fn reason_is_read_from_what_bundlers_and_nodes_say() {
    for (code, message, expected) in [
        (
            -32602,
            "takes from 2 to 3 positional arguments but 4 were given",
            Reason::NoOverride,
        ),
        (429, "slow down", Reason::TooOften),
        (15, "limit", Reason::TooOften),
        (-32005, "limit exceeded", Reason::TooOften),
        (-32007, "slow down", Reason::TooOften),
        (-32016, "slow down", Reason::TooOften),
        (-32029, "slow down", Reason::TooOften),
        (
            -32090,
            "Too many requests, reason: call rate limit exhausted, retry in 10s",
            Reason::TooOften,
        ),
        (-32603, "You reached 25 requests per second", Reason::TooOften),
        (-32097, "slow down", Reason::TooOften),
        (
            -32000,
            "upstream: {\"code\":429,\"message\":\"Too Many Requests\"}",
            Reason::TooOften,
        ),
        (
            -32602,
            "maxFeePerGas must be at least 4500000000 (current maxFeePerGas: 1500000000)",
            Reason::LowFees,
        ),
        (
            -32000,
            "precheck failed: maxPriorityFeePerGas is 1500000000 but must be at least 1875000000",
            Reason::LowFees,
        ),
        (-32602, "transaction underpriced", Reason::LowFees),
        (
            -32602,
            "Max fee per gas and (Max priority fee per gas + estimated basefee) should be equal or higher than : 0x53b31e92",
            Reason::LowFees,
        ),
        (
            -32602,
            "preVerificationGas too low: expected at least 47104",
            Reason::LowPreVerification,
        ),
        (
            -32500,
            "Preverification gas is too low. it has 0xb758 but should be minimum: 0xb7f4",
            Reason::LowPreVerification,
        ),
        (
            -32000,
            "precheck failed: preVerificationGas is 46960 but must be at least 47104",
            Reason::LowPreVerification,
        ),
        (
            -32000,
            "precheck failed: sender balance and deposit together is 0 but must be at least 12 to pay for this operation",
            Reason::NoFunds,
        ),
        (
            -32505,
            "account 0x58f903f277efedf01cf6939f64af3b657ac4a9af is unstaked",
            Reason::TooManyPending,
        ),
        (
            -32505,
            "Max operations (4) reached for sender 0x58f9",
            Reason::TooManyPending,
        ),
        (
            -32601,
            "can't find user operation with hash 0x12",
            Reason::NotFound,
        ),
        (-32602, "Unsupported entrypoint", Reason::WrongEntryPoint),
        (
            0,
            "The EntryPoint at \"0x12\" is not supported. This bundler uses 0x34",
            Reason::WrongEntryPoint,
        ),
        (
            -32602,
            "user operation max fee per gas must be larger than 0 during gas estimation",
            Reason::NoFees,
        ),
        (
            -32000,
            "gas price below minimum: gas tip cap 1500000000, minimum needed 25000000000",
            Reason::LowFees,
        ),
        (
            -32000,
            "insufficient funds of the sender. Try reducing maxFeePerGas",
            Reason::NoFunds,
        ),
        (
            -32502,
            "Paymaster balance too low. Required balance: 5",
            Reason::NoSponsor,
        ),
        (
            -32000,
            "precheck failed: paymaster deposit is 0 but must be at least 5 to pay for this operation",
            Reason::NoSponsor,
        ),
        (
            -32000,
            "precheck failed: paymaster 0x58f9 has no code",
            Reason::NoSponsor,
        ),
        (
            -32502,
            "Unstaked paymaster must not return context",
            Reason::NoSponsor,
        ),
        (
            -32505,
            "Max operations (4) reached for entity paymaster:0x58f9",
            Reason::NoSponsor,
        ),
        (
            -32602,
            "AA25 invalid account nonce: Maximum number of parallel user operations for that is allowed for this sender reached",
            Reason::TooManyPending,
        ),
        (-32602, "No user operation found", Reason::NotFound),
        (-32601, "UserOp not found", Reason::NotFound),
        (-32602, "the user operation does not exist", Reason::NotFound),
    ] {
        assert_eq!(refusal(code, message).reason(), Some(expected), "{message}");
    }
    for (data, expected) in [
        (json!({"code": 429}), Reason::TooOften),
        (json!({"error": {"code": -32005}}), Reason::TooOften),
        (
            json!({"message": "maxFeePerGas must be at least 4500000000"}),
            Reason::LowFees,
        ),
    ] {
        let refusal = Refusal::new(-32603, "Internal error", Some(data.clone().into()));

        assert_eq!(refusal.reason(), Some(expected), "{data}");
    }
}

#[test]
fn other_refusals_state_no_reason_of_the_table() {
    for (code, message) in [
        (-32000, "header not found"),
        (-32005, "query returned more than 10000 results"),
        (-32005, "query timeout exceeded"),
        (-32000, "request limited to 500 blocks"),
        (-32601, "Method not found"),
        (-32601, "the operation eth_foo was not found"),
        (-32500, "AA21 didn't pay prefund"),
        (-32521, "execution reverted: fee too low"),
        (-32505, "paymaster 0x58f9 is unstaked"),
        (-32602, "invalid UserOperation struct/fields"),
        (-32602, "Already known"),
        (
            -32602,
            "Replacement UserOperation must have higher maxPriorityFeePerGas (old=1 new=1)",
        ),
    ] {
        assert_eq!(refusal(code, message).reason(), None, "{message}");
    }
}

#[test]
fn demanded_fee_is_the_largest_plausible_number() {
    const GIVEN: u64 = 1_500_000_000;
    for (message, expected) in [
        (
            "maxFeePerGas must be at least 4500000000 (current: 1500000000)",
            Some(4_500_000_000_u64),
        ),
        ("should be equal or higher than : 0x6fc23ac0", Some(1_875_000_000)),
        ("must be at least 100000000000000", None),
        ("must be at least 900000000000", Some(900_000_000_000)),
        ("must be at least 1000", None),
        ("underpriced", None),
        ("must be at least 99999999999999999999999999", None),
    ] {
        let demanded = refusal(-32602, message).demanded_fee(U256::from(GIVEN));

        assert_eq!(demanded, expected.map(U256::from), "{message}");
    }
}

#[test]
fn fee_that_a_refusal_names_is_the_one_that_is_too_low() {
    for (message, expected) in [
        (
            "maxPriorityFeePerGas must be at least 30000000000 (current maxPriorityFeePerGas: 1500000000) - use \
             pimlico_getUserOperationGasPrice to get the current gas price",
            (true, false),
        ),
        (
            "gas price below minimum: gas tip cap 1500000000, minimum needed 25000000000",
            (true, false),
        ),
        ("gas price must be at least 30000000000", (false, true)),
        ("maxFeePerGas must be at least 30000000000", (false, true)),
        (
            "Max fee per gas and (Max priority fee per gas + estimated basefee) should be equal or higher than : 0x5",
            (true, true),
        ),
    ] {
        assert_eq!(refusal(-32602, message).names_fees(), expected, "{message}");
    }
}

#[test]
fn priority_fee_of_nothing_can_be_raised_to_what_is_demanded() {
    let message = "maxPriorityFeePerGas is 0 but must be at least 25000000000";

    let demanded = refusal(-32000, message).demanded_fee(U256::ZERO);

    assert_eq!(demanded, Some(U256::from(25_000_000_000_u64)));
}

#[test]
fn gas_that_a_refusal_demands_is_told_in_percent() {
    for (message, expected) in [
        (
            "preVerificationGas is 46960 but must be at least 93920",
            Some(100),
        ),
        (
            "Preverification gas is too low. it has 0xb758 but should be minimum: 0xb7f4",
            Some(1),
        ),
        ("preVerificationGas too low: expected at least 47104", Some(0)),
        ("preVerificationGas is 20000 but must be at least 900000000", None),
        ("too low", None),
    ] {
        assert_eq!(refusal(-32602, message).demanded_percent(), expected, "{message}");
    }
}
