use std::time::Duration;

use alloy::primitives::{B256, U256};

use super::{Failure, Service, ServiceError};
use crate::rpc::Refusal;

impl ServiceError {
    /// Returns each failure of a node's `eth_blockNumber` with its code and its text, and a paymaster's refusal.
    pub(crate) fn samples() -> Vec<(Self, &'static str, &'static str)> {
        let by_node = |(failure, code, text)| {
            let error = Self::new(Service::Node, "eth_blockNumber", failure);
            (error, code, text)
        };
        let by_paymaster = Self::new(
            Service::Paymaster,
            "pm_sponsorUserOperation",
            Failure::Refused(Box::new(Refusal::new(-32099, "not you", None))),
        );
        let failures = Failure::samples().into_iter().map(by_node);
        let refused = (
            by_paymaster,
            "refused.paymaster",
            "pm_sponsorUserOperation failed at the paymaster: \"not you\" (code -32099); look up the code in the \
             service's documentation",
        );
        failures.chain([refused]).collect()
    }
}

impl Failure {
    fn samples() -> Vec<(Self, &'static str, &'static str)> {
        let http = |status| Self::Http {
            status,
            excerpt: String::new(),
        };
        vec![
            (
                Self::Unreachable("no route".to_owned()),
                "service.unreachable",
                "eth_blockNumber failed at the node: unreachable: no route; check its URL, and that it \
                 runs and allows this origin (CORS)",
            ),
            (
                Self::TimedOut(Duration::from_millis(1500)),
                "service.timed_out",
                "eth_blockNumber failed at the node: no answer within 1.5 s; try again later, or use another \
                 service",
            ),
            (
                Self::TooLarge(10_000),
                "service.answer_too_large",
                "eth_blockNumber failed at the node: the answer exceeds 10000 bytes; check the URL of the \
                 service",
            ),
            (
                Self::NotJson {
                    status: 200,
                    excerpt: "<html>".to_owned(),
                },
                "service.not_json",
                "eth_blockNumber failed at the node: HTTP 200 without JSON, body \"<html>\"; check the URL \
                 of the service",
            ),
            (
                http(301),
                "service.moved",
                "eth_blockNumber failed at the node: HTTP 301 (redirect); set the new URL of the service",
            ),
            (
                http(400),
                "service.http_status",
                "eth_blockNumber failed at the node: HTTP 400; check the URL and API key",
            ),
            (
                http(403),
                "service.not_allowed",
                "eth_blockNumber failed at the node: HTTP 403 (access denied); check the API key and its \
                 allowed origins",
            ),
            (
                http(404),
                "service.not_found",
                "eth_blockNumber failed at the node: HTTP 404 (not found); check the URL of the service",
            ),
            (
                http(429),
                "service.rate_limited",
                "eth_blockNumber failed at the node: HTTP 429 (too many requests); wait and try again",
            ),
            (
                Self::Http {
                    status: 503,
                    excerpt: "down".to_owned(),
                },
                "service.failed",
                "eth_blockNumber failed at the node: HTTP 503 (server error), body \"down\"; try again \
                 later, or use another service",
            ),
            (
                Self::Missing,
                "service.null_answer",
                "eth_blockNumber failed at the node: the answer is null; try again later, or use another \
                 service",
            ),
            (
                Self::Malformed("no number".to_owned()),
                "service.malformed_answer",
                "eth_blockNumber failed at the node: the answer is malformed: no number; check the kind and \
                 URL of the service",
            ),
            (
                Self::Changed("nonce"),
                "service.changed_operation",
                "eth_blockNumber failed at the node: the answer changes a fixed field of the operation: \
                 nonce; use another service",
            ),
            (
                Self::NoCode(Box::new(U256::from(24_400))),
                "service.estimated_without_code",
                "eth_blockNumber failed at the node: the call gas estimate is too low for a deployed account: \
                 24400; deploy the account first",
            ),
            (
                Self::NoCallData,
                "service.estimated_without_calls",
                "eth_blockNumber failed at the node: the service estimates without the call data; use another \
                 bundler for sessions",
            ),
            (
                Self::NotOnChain(Box::new(B256::repeat_byte(7))),
                "service.not_on_chain",
                "eth_blockNumber failed at the node: the reported transaction is not on chain: \
                 0x0707070707070707070707070707070707070707070707070707070707070707; wait for the operation \
                 again, or use another service",
            ),
            (
                Self::Refused(Box::new(Refusal::new(-32000, "no", None))),
                "service.refused",
                "eth_blockNumber failed at the node: \"no\" (code -32000); look up the code in the service's \
                 documentation",
            ),
            (
                Self::Refused(Box::new(Refusal::new(-32500, "AA21 didn't pay prefund", None))),
                "refused.account_cannot_pay",
                "eth_blockNumber failed at the node: the account cannot pay for the operation: \"AA21 didn't \
                 pay prefund\"; fund the account, or use a paymaster",
            ),
        ]
    }
}

impl ServiceError {
    /// Returns a bundler's refusal of each kind with its code.
    pub(crate) fn refusals() -> impl Iterator<Item = (Self, &'static str)> {
        REFUSALS.into_iter().map(|(code, message, expected)| {
            let failure = Failure::Refused(Box::new(Refusal::new(code, message, None)));
            let error = Self::new(Service::Bundler, "eth_sendUserOperation", failure);
            (error, expected)
        })
    }
}

/// The error codes and messages of refusals, and the stable code of each.
const REFUSALS: [(i64, &str, &str); 39] = [
    (
        -32500,
        "AA23 reverted: SessionNotApproved",
        "refused.session_not_granted",
    ),
    (-32500, "AA10 sender already constructed", "refused.deployment"),
    (-32500, "AA13 initCode failed or OOG", "refused.deployment"),
    (-32500, "AA20 account not deployed", "refused.deployment"),
    (-32500, "AA21 didn't pay prefund", "refused.account_cannot_pay"),
    (-32503, "AA22 expired or not due", "refused.outside_interval"),
    (-32503, "expires too soon", "refused.outside_interval"),
    (-32500, "AA23 reverted (or OOG)", "refused.validation"),
    (-32502, "banned opcode", "refused.validation"),
    (-32500, "AA24 signature error", "refused.signature"),
    (-32507, "invalid signature", "refused.signature"),
    (-32500, "AA25 invalid account nonce", "operation.nonce_taken"),
    (
        -32501,
        "AA31 paymaster deposit too low",
        "refused.paymaster_deposit",
    ),
    (-32508, "paymaster balance", "refused.paymaster_deposit"),
    (-32501, "AA33 reverted", "refused.paymaster"),
    (
        -32501,
        "AA36 over paymasterVerificationGasLimit",
        "refused.paymaster",
    ),
    (-32501, "policy is exhausted", "refused.paymaster"),
    (-32500, "AA50 postOp reverted", "refused.paymaster"),
    (-32504, "throttled", "refused.reputation"),
    (-32505, "stake too low", "refused.reputation"),
    (-32500, "AA26 over verificationGasLimit", "refused.gas"),
    (-32500, "AA40 over verificationGasLimit", "refused.gas"),
    (-32500, "AA51 prefund below actualGasCost", "refused.gas"),
    (-32500, "AA95 out of gas", "refused.gas"),
    (-32602, "preVerificationGas too low", "refused.gas"),
    (-32602, "transaction underpriced", "refused.low_fees"),
    (
        -32601,
        "can't find user operation with hash 0x12",
        "service.refused",
    ),
    (-32505, "account 0x12 is unstaked", "refused.too_many_pending"),
    (-32521, "execution reverted", "refused.call_reverts"),
    (
        -32000,
        "execution reverted: no such token",
        "refused.call_reverts",
    ),
    (-32602, "reverted", "refused.call_reverts"),
    (-32600, "invalid request", "service.invalid_request"),
    (-32602, "invalid params", "service.invalid_request"),
    (-32601, "method not found", "service.no_such_method"),
    (-32603, "internal error", "service.failed"),
    (-32005, "limit exceeded", "service.rate_limited"),
    (401, "no key", "service.not_allowed"),
    (-32500, "AA91 failed send to beneficiary", "service.refused"),
    (-32000, "header not found", "service.refused"),
];

#[test]
fn refusal_has_the_code_of_its_reason() {
    for (error, expected) in ServiceError::refusals() {
        assert_eq!(error.code(), expected, "{error}");
    }
}
