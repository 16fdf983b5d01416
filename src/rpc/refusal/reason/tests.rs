use serde_json::json;

use super::*;

impl Reason {
    /// Returns a message that states each reason.
    pub(in crate::rpc::refusal) fn messages() -> impl Iterator<Item = (Self, String)> {
        let message = |(reason, groups): Row| {
            let words = groups.iter().map(|group| group[0]);
            (reason, words.collect::<Vec<_>>().join(" "))
        };
        let simulation = "reverted: Sender has no code or factory not deployed".to_owned();
        ROWS.into_iter()
            .map(message)
            .chain([(Self::Simulation, simulation)])
    }
}

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
            -32500,
            "UserOperation reverted during simulation with reason: Sender has no code or factory not deployed",
            Reason::Simulation,
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
        (
            -32007,
            "maxFeePerGas in userOp: 1500000000 is lower than expected maxFeePerGas: 2000000000",
            Reason::LowFees,
        ),
        (
            -32006,
            "maxPriorityFeePerGas in userOp: 1500000000 is lower than expected maxPriorityFeePerGas: 30000000000",
            Reason::LowFees,
        ),
        (
            -32602,
            "Max fee per gas 1000000000 is lower than base fee 2000000000",
            Reason::LowFees,
        ),
        (
            -32602,
            "Pre-verification gas 40000 is lower than calculated pre-verification gas 47104",
            Reason::LowPreVerification,
        ),
        (
            -32602,
            "maxPriorityFeePerGas must equal maxFeePerGas on Celo chains",
            Reason::LowFees,
        ),
        (
            -32602,
            "maxFeePerGas must be greater than 0x3b9aca00",
            Reason::LowFees,
        ),
        (-32012, "credits limited to 6000/sec", Reason::TooOften),
        (-32000, "rate exceeded", Reason::TooOften),
        (-32000, "maximum number of concurrent requests", Reason::TooOften),
        (
            -32609,
            "The user operation pool is full, Please try again later",
            Reason::TooOften,
        ),
        (-32505, "sender 0x58f9 is unstaked", Reason::TooManyPending),
        (-32505, "0x58f9 is unstaked", Reason::TooManyPending),
        (
            -32602,
            "pending ops: sender must be staked to have more than 4 ops in the mempool",
            Reason::TooManyPending,
        ),
        (
            -32602,
            "paymaster: not enough deposit to cover max prefund",
            Reason::NoSponsor,
        ),
        (-32602, "paymaster: code not deployed", Reason::NoSponsor),
        (
            -32602,
            "Paymaster and data 0x58f9 is invalid (paymaster check)",
            Reason::NoSponsor,
        ),
        (-32600, "Invalid Entrypoint", Reason::WrongEntryPoint),
        (
            -32602,
            "Verification gas limit efficiency too low. Required: 0.4, Actual: 0.20",
            Reason::HighLimits,
        ),
        (-32602, "Missing/invalid userOpHash", Reason::NotFound),
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
        (
            -32005,
            "Estimate gas failed: execution reverted (no data present; likely require(false) occurred",
        ),
        (-32016, "Unauthorized"),
        (-32005, "Unable to process userOp with UserOpHash: 0x12"),
        (-32502, "unstaked account accessed 0x58f9 slot 0x1"),
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
