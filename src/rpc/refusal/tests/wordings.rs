//! Refusals whose wording or code says something else at first sight.

use serde_json::json;

use super::*;
use crate::rpc::{Failure, Service, ServiceError};

fn refusal(code: i64, message: &str) -> Refusal {
    Refusal::new(code, message, None)
}

fn code(refusal: Refusal) -> &'static str {
    ServiceError::new(
        Service::Bundler,
        "eth_sendUserOperation",
        Failure::Refused(Box::new(refusal)),
    )
    .code()
}

#[test]
fn want_of_verification_gas_is_known_in_every_wording() {
    for (number, message) in [
        // rundler: the code is that of a forbidden opcode.
        (
            -32502,
            "Simulation ran out of gas for entity: account:\"0x58F903f277EFeDF01CF6939f64Af3B657AC4a9Af\"",
        ),
        (-32502, "Simulation ran out of gas for entity: factory:\"0x58F9\""),
        (
            -32500,
            "validation simulation failed: verification gas limit doesn't have the required buffer on the \
             measured gas, limit: 70000, needed: 72000",
        ),
        // alto, without a code.
        (0, "verificationGasLimit must be at least 10000"),
    ] {
        let refusal = refusal(number, message);

        assert!(refusal.may_lack_verification_gas(), "{message}");
        assert_eq!(
            refusal.advice(),
            Some("raise `GasMargins::verification`"),
            "{message}"
        );
        assert!(refusal.is_of_user_op(), "{message}");
        assert_eq!(code(refusal), "refused.gas", "{message}");
    }
}

#[test]
fn a_paymasters_want_of_gas_is_the_operations_before_0_7_and_the_paymasters_after_it() {
    for (number, message) in [
        (
            -32502,
            "Simulation ran out of gas for entity: paymaster:\"0x58F903f277EFeDF01CF6939f64Af3B657AC4a9Af\"",
        ),
        (0, "paymasterVerificationGasLimit must be at least 10000"),
    ] {
        let refusal = refusal(number, message);

        // More gas is tried first, then another payer.
        assert!(refusal.may_lack_verification_gas(), "{message}");
        assert!(refusal.is_of_paymaster(), "{message}");
        assert_eq!(
            refusal.meaning(),
            Some("the paymaster's validation ran out of gas"),
            "{message}"
        );
        assert_eq!(code(refusal), "refused.gas", "{message}");
    }
}

#[test]
fn validation_without_a_reason_may_lack_gas_however_it_is_wrapped() {
    for (message, revert, may_lack) in [
        (
            "UserOperation reverted during simulation with reason: AA13 initCode failed or OOG",
            None,
            true,
        ),
        (
            "validation reverted: [reason]: AA13 initCode failed or OOG",
            None,
            true,
        ),
        ("validation reverted: [reason]: AA23 reverted", None, true),
        ("AA23 reverted (or OOG)", None, true),
        (
            "validation reverted: [reason]: AA23 reverted | [inner reason]: SessionNotApproved",
            Some("SessionNotApproved"),
            false,
        ),
        (
            "UserOperation reverted during simulation with reason: AA23 reverted: wrong nonce",
            Some("wrong nonce"),
            false,
        ),
    ] {
        let refusal = refusal(-32500, message);

        assert_eq!(refusal.revert.as_deref(), revert, "{message}");
        assert_eq!(refusal.may_lack_verification_gas(), may_lack, "{message}");
    }
    let data = json!({"reason": "AA23 reverted", "revertData": "0x"}).into();
    let with_data = Refusal::new(-32500, "validation reverted: [reason]: AA23 reverted", Some(data));
    assert!(with_data.may_lack_verification_gas());
}

#[test]
fn limits_that_are_too_high_are_no_other_refusal() {
    for (number, message) in [
        (
            -32602,
            "Pre-op gas limit efficiency too low. Required: 0.15, Actual: 0.05",
        ),
        (
            -32602,
            "Call gas limit efficiency too low. Required: 0.15, Actual: 0.05",
        ),
        (
            -32602,
            "precheck failed: verificationGasLimit is 6000000 but must be at most 5000000",
        ),
        (
            -32602,
            "precheck failed: total gas limit is 6000000 but must be at most 5000000",
        ),
        (
            -32602,
            "Verification gas limit 6000000 is higher than max verification gas 5000000",
        ),
        (
            0,
            "User operation gas limits exceed the max gas per bundle: 21000000 > 20000000",
        ),
    ] {
        let refusal = refusal(number, message);

        assert_eq!(
            refusal.meaning(),
            Some("the gas limits are too high"),
            "{message}"
        );
        assert!(refusal.is_of_user_op(), "{message}");
        assert!(!refusal.may_lack_verification_gas(), "{message}");
        assert_eq!(code(refusal), "refused.gas", "{message}");
    }
}

#[test]
fn interval_is_named_by_its_text() {
    let message = "validation simulation failed: User Operation expired or has an invalid time range. \
                   validUntil: 1, validAfter: 0";

    assert_eq!(code(refusal(-32500, message)), "refused.outside_interval");
}

#[test]
fn a_limit_of_an_unstaked_paymaster_is_not_the_accounts() {
    for entity in ["paymaster", "factory"] {
        let message = format!("Max operations (10) reached for {entity}:\"0x58F9\" due to being unstaked");
        let refusal = refusal(-32505, &message);

        assert_eq!(
            refusal.meaning(),
            Some("the stake of the paymaster or factory is too low")
        );
        assert_eq!(refusal.is_of_paymaster(), entity == "paymaster");
        assert_eq!(code(refusal), "refused.reputation");
    }
}

#[test]
fn an_estimate_that_fails_is_no_missing_method() {
    for message in [
        "failed to estimate gas for user operation: useroperation reverted: execution reverted",
        "failed to estimate gas for user operation: insufficient balance to perform useroperation: ERC20: \
         transfer amount exceeds balance",
    ] {
        let refusal = refusal(-32004, message);

        assert_eq!(refusal.meaning(), Some("the call would revert"), "{message}");
        assert!(!refusal.is_unread(), "{message}");
        assert_eq!(code(refusal), "refused.call_reverts", "{message}");
    }
    for method in ["eth_foo", "eth_estimateUserOperationGas"] {
        let missing = refusal(-32004, &format!("Method \"{method}\" is not supported"));
        assert!(missing.is_unread(), "{method}");
        assert_eq!(missing.meaning(), Some("the method is not supported"), "{method}");
    }
}

#[test]
fn an_estimate_that_fails_is_no_rate_limit() {
    for message in [
        "Estimate gas failed: insufficient funds",
        "Estimate gas failed: x",
    ] {
        assert_ne!(
            refusal(-32005, message).reason(),
            Some(Reason::TooOften),
            "{message}"
        );
    }
}

#[test]
fn a_paymaster_may_decline_without_a_code() {
    for (message, is_decline) in [
        (
            "userOp did not match any gas sponsoring policies or (no ERC20 gas token data present)",
            true,
        ),
        ("the policy has no budget", true),
        (
            "Unsupported method: pm_getPaymasterStubData. See available methods at the paymaster's documentation",
            false,
        ),
        ("Unsupported network for this paymaster", false),
        ("Invalid Api Key for the paymaster", false),
        ("Request blocked by the security policy", false),
        ("out of order", false),
    ] {
        assert_eq!(refusal(0, message).is_decline(), is_decline, "{message}");
    }
}
