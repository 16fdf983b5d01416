use std::time::Duration;

use alloy::primitives::{B256, U256};

use super::{Failure, Service, ServiceError};
use crate::rpc::Refusal;

impl ServiceError {
    /// Returns each failure of a node's `eth_blockNumber` with its code and its text, and a paymaster's refusal.
    pub(crate) fn samples() -> Vec<(Self, &'static str, &'static str)> {
        let by_node = |(failure, code, text)| {
            let error = Self {
                service: Service::Node,
                method: "eth_blockNumber",
                failure,
            };
            (error, code, text)
        };
        let by_paymaster = Self {
            service: Service::Paymaster,
            method: "pm_sponsorUserOperation",
            failure: Failure::Refused(Box::new(Refusal::new(-32099, "not you", None))),
        };
        let failures = Failure::samples().into_iter().map(by_node);
        let refused = (
            by_paymaster,
            "refused.paymaster",
            "the paymaster refused: \"not you\" (code -32099) [pm_sponsorUserOperation]",
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
                "the chain's node cannot be reached: check that it runs and that its address is right (no route) \
                 [eth_blockNumber]",
            ),
            (
                Self::TimedOut(Duration::from_millis(1500)),
                "service.timed_out",
                "the chain's node gave no answer within 1.5 s: try again, or allow more time [eth_blockNumber]",
            ),
            (
                Self::TooLarge(10_000),
                "service.answer_too_large",
                "the chain's node answered with more than the 10000 bytes that are read: check that its address is \
                 right [eth_blockNumber]",
            ),
            (
                Self::NotJson {
                    status: 200,
                    excerpt: "<html>".to_owned(),
                },
                "service.not_json",
                "the chain's node answered HTTP 200 with something that is not JSON: check that its address is right \
                 (\"<html>\") [eth_blockNumber]",
            ),
            (
                http(301),
                "service.moved",
                "the chain's node answered HTTP 301 (moved): give the address it has now [eth_blockNumber]",
            ),
            (
                http(400),
                "service.http_status",
                "the chain's node answered HTTP 400: check its address and API key [eth_blockNumber]",
            ),
            (
                http(403),
                "service.not_allowed",
                "the chain's node answered HTTP 403 (not allowed): check its API key and the origins it admits \
                 [eth_blockNumber]",
            ),
            (
                http(404),
                "service.not_found",
                "the chain's node answered HTTP 404 (not found): check its address [eth_blockNumber]",
            ),
            (
                http(429),
                "service.rate_limited",
                "the chain's node answered HTTP 429 (too many requests): wait a little and try again \
                 [eth_blockNumber]",
            ),
            (
                Self::Http {
                    status: 503,
                    excerpt: "down".to_owned(),
                },
                "service.failed",
                "the chain's node answered HTTP 503 (its own failure): try again later, or use another one \
                 (\"down\") [eth_blockNumber]",
            ),
            (
                Self::Missing,
                "service.null_answer",
                "the chain's node answered null where a value must be: try again later, or use another one \
                 [eth_blockNumber]",
            ),
            (
                Self::Malformed("no number".to_owned()),
                "service.malformed_answer",
                "the chain's node gave an answer that cannot be right, so check its kind and its address: no number \
                 [eth_blockNumber]",
            ),
            (
                Self::Changed("the nonce"),
                "service.changed_operation",
                "the chain's node tried to change the nonce of the operation, which it may not: nothing was signed \
                 [eth_blockNumber]",
            ),
            (
                Self::NoCode(U256::from(24_400)),
                "service.estimated_without_code",
                "the chain's node estimated 24400 units of gas for the calls, as for an account without code: nothing \
                 was signed; deploy the account first [eth_blockNumber]",
            ),
            (
                Self::NotOnChain(B256::repeat_byte(7)),
                "service.not_on_chain",
                "the chain's node tells of the transaction \
                 0x0707070707070707070707070707070707070707070707070707070707070707, but the chain has none of that \
                 hash which holds the operation: do not trust it; the operation still may be included \
                 [eth_blockNumber]",
            ),
            (
                Self::Refused(Box::new(Refusal::new(-32000, "no", None))),
                "service.refused",
                "the chain's node refused: \"no\" (code -32000) [eth_blockNumber]",
            ),
            (
                Self::Refused(Box::new(Refusal::new(-32500, "AA21 didn't pay prefund", None))),
                "refused.account_cannot_pay",
                "the chain's node refused: the account cannot pay for the operation; give it native coin, or let a \
                 paymaster pay (\"AA21 didn't pay prefund\", code -32500) [eth_blockNumber]",
            ),
        ]
    }
}

impl ServiceError {
    /// Returns a bundler's refusal of each kind with its code.
    pub(crate) fn refusals() -> impl Iterator<Item = (Self, &'static str)> {
        REFUSALS.into_iter().map(|(code, message, expected)| {
            let error = Self {
                service: Service::Bundler,
                method: "eth_sendUserOperation",
                failure: Failure::Refused(Box::new(Refusal::new(code, message, None))),
            };
            (error, expected)
        })
    }
}

/// The error codes and messages of refusals, and the stable code of each.
const REFUSALS: [(i64, &str, &str); 33] = [
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
    (-32501, "policy is exhausted", "refused.paymaster"),
    (-32500, "AA50 postOp reverted", "refused.paymaster"),
    (-32504, "throttled", "refused.reputation"),
    (-32505, "stake too low", "refused.reputation"),
    (-32500, "AA40 over verificationGasLimit", "refused.gas"),
    (-32500, "AA51 prefund below actualGasCost", "refused.gas"),
    (-32500, "AA95 out of gas", "refused.gas"),
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
