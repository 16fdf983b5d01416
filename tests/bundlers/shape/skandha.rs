use serde_json::{Value, json};

use super::{AltoError, Given, Shape, is_of_alto, no_method, refusal};

/// Skandha, Etherspot's bundler.
///
/// Its source has the answers and texts (`packages/executor/src/modules/eth.ts`,
/// `packages/executor/src/services/MempoolService/service.ts`), and the codes
/// (`packages/types/src/api/errors/rpc-error-codes.ts`).
pub(crate) struct Skandha;

/// The fields of an operation. Etherspot's reference lists all of them for an estimate.
const FIELDS: [&str; 11] = [
    "sender",
    "nonce",
    "initCode",
    "callData",
    "callGasLimit",
    "verificationGasLimit",
    "preVerificationGas",
    "maxFeePerGas",
    "maxPriorityFeePerGas",
    "paymasterAndData",
    "signature",
];

impl Shape for Skandha {
    fn request(&self, request: &mut Value) -> Option<Given> {
        if is_of_alto(request) {
            return Some(no_method(request));
        }
        let method = request["method"].as_str().unwrap_or_default();
        let op = &request["params"][0];
        let is_incomplete =
            method.ends_with("UserOperationGas") && FIELDS.iter().any(|name| op[name].is_null());
        is_incomplete.then(|| (200, refusal(request, -32602, "Invalid Request").to_string()))
    }

    fn answer(&self, request: &Value, status: u16, mut answer: Value) -> (u16, Value) {
        if let Some(error) = AltoError::in_answer(&answer) {
            return (status, refused(request, &error));
        }
        if request["method"] == "eth_estimateUserOperationGas" {
            let result = &mut answer["result"];
            result["validAfter"] = json!("0x0");
            result["validUntil"] = json!("0x0");
            // The fees of the bundler's own `skandha_getGasPrice`.
            result["maxFeePerGas"] = json!("0x77359400");
            result["maxPriorityFeePerGas"] = json!("0x3b9aca00");
        }
        (status, answer)
    }
}

fn refused(request: &Value, error: &AltoError<'_>) -> Value {
    let reason = error.reason();
    if let Some(text) = error.revert_text() {
        return refusal(request, -32521, &text);
    }
    if error.code == -32507 {
        return refusal(request, -32507, "Invalid UserOp signature or paymaster signature");
    }
    match reason.contains("underpriced") || reason.contains("lready known") {
        // An operation that Skandha has already is one that replaces itself.
        true => refusal(request, -32602, "User op cannot be replaced: fee too low"),
        false => refusal(request, error.code, reason),
    }
}
