use serde_json::{Value, json};

use super::{Given, Shape, number};

/// ZeroDev's bundler, behind its gateway: alto with numbers in decimal.
///
/// ZeroDev publishes no reference of errors. Reports of users have the gateway's answers
/// (<https://github.com/zerodevapp/sdk/issues/235>).
pub(crate) struct ZeroDev;

/// The fields whose numbers are in decimal.
const DECIMAL: [&str; 6] = [
    "callGasLimit",
    "verificationGasLimit",
    "verificationGas",
    "preVerificationGas",
    "actualGasCost",
    "actualGasUsed",
];

impl Shape for ZeroDev {
    fn answer(&self, _: &Value, status: u16, mut answer: Value) -> (u16, Value) {
        for field in DECIMAL {
            let found = answer.get_mut("result").and_then(|result| result.get_mut(field));
            if let Some(found) = found.filter(|found| found.is_string()) {
                *found = json!(number(found).to_string());
            }
        }
        (status, answer)
    }

    fn over_limit(&self) -> Option<Given> {
        Some((429, "Too Many Requests".to_owned()))
    }

    fn unknown_key(&self) -> Option<Given> {
        Some((403, "Unauthorized: wapk".to_owned()))
    }
}
