use std::time::Duration;

use devnet::{Fault, Service};
use serde_json::{Value, json};

/// A kind of fault, with the possible errors.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Kind {
    pub(crate) name: &'static str,
    make: fn(Service, &str) -> Fault,
    /// The error codes of the service's failure, if the fault is not overcome.
    pub(crate) codes: &'static [&'static str],
}

impl Kind {
    /// Creates the fault for the calls of a method.
    pub(crate) fn fault(&self, service: Service, method: &str) -> Fault {
        (self.make)(service, method)
    }
}

impl PartialEq for Kind {
    fn eq(&self, other: &Self) -> bool {
        self.name == other.name
    }
}

impl Eq for Kind {}

const REFUSED: &[&str] = &["service.refused", "refused.paymaster"];

/// All kinds of the devnet's faults, in the variants that differ for the client.
pub(crate) const ALL: [Kind; 17] = [
    Kind {
        name: "500",
        make: |service, method| Fault::on(service, method).http(500),
        codes: &["service.failed"],
    },
    Kind {
        name: "429",
        make: |service, method| Fault::on(service, method).http(429),
        codes: &["service.rate_limited"],
    },
    Kind {
        name: "500-html",
        make: |service, method| Fault::on(service, method).html(500),
        codes: &["service.failed"],
    },
    Kind {
        name: "404-html",
        make: |service, method| Fault::on(service, method).html(404),
        codes: &["service.not_found"],
    },
    Kind {
        name: "200-html",
        make: |service, method| Fault::on(service, method).html(200),
        codes: &["service.not_json"],
    },
    Kind {
        name: "200-error",
        make: |service, method| {
            Fault::on(service, method)
                .refusal(-32000, "out of order")
                .status(200)
        },
        codes: REFUSED,
    },
    Kind {
        name: "400-error",
        make: |service, method| {
            Fault::on(service, method)
                .refusal(-32000, "out of order")
                .status(400)
        },
        codes: REFUSED,
    },
    // An error code of the standard: nothing was done.
    Kind {
        name: "refusal",
        make: |service, method| Fault::on(service, method).refusal(-32504, "banned for a while"),
        codes: &["refused.reputation", "refused.paymaster"],
    },
    Kind {
        name: "nonce",
        make: |service, method| Fault::on(service, method).refusal(-32000, "AA25 invalid account nonce"),
        codes: &["operation.nonce_taken", "refused.paymaster"],
    },
    Kind {
        name: "null",
        make: |service, method| Fault::on(service, method).null(),
        codes: &["service.null_answer", "service.malformed_answer"],
    },
    Kind {
        name: "served-null",
        make: |service, method| Fault::on(service, method).rewrite(Value::Null),
        codes: &["service.null_answer", "service.malformed_answer"],
    },
    Kind {
        name: "drop",
        make: |service, method| Fault::on(service, method).drop(),
        codes: &["service.unreachable"],
    },
    Kind {
        name: "delay",
        make: |service, method| Fault::on(service, method).delay(Duration::from_millis(300)),
        codes: &[],
    },
    // Longer than the client's request timeout.
    Kind {
        name: "silence",
        make: |service, method| Fault::on(service, method).delay(Duration::from_secs(25)),
        codes: &["service.timed_out"],
    },
    Kind {
        name: "another-answer",
        make: |service, method| Fault::on(service, method).rewrite(json!({"unexpected": "0x07"})),
        codes: &["service.malformed_answer", "service.null_answer"],
    },
    Kind {
        name: "garbage",
        make: |service, method| {
            Fault::on(service, method).merge(json!({
            "callGasLimit": "much", "maxFeePerGas": [], "paymasterAndData": "0x123", "userOpHash": "0x00",
            "receipt": 7, "transactionHash": "none", "logs": "none", "blockNumber": -1, "baseFeePerGas": "low",
        }))
        },
        codes: &["service.malformed_answer", "service.changed_operation"],
    },
    Kind {
        name: "twice",
        make: |service, method| Fault::on(service, method).twice(),
        codes: &[],
    },
];
