use serde_json::{Value, json};

use super::{AltoError, Given, Shape, is_of_alto, no_method};

/// The bundler of the Coinbase Developer Platform, behind its gateway.
///
/// Its error reference has the codes and the bare error objects
/// (<https://docs.cdp.coinbase.com/paymaster/reference-troubleshooting/errors>, and `troubleshooting` beside it).
pub(crate) struct Coinbase;

impl Shape for Coinbase {
    fn request(&self, request: &mut Value) -> Option<Given> {
        is_of_alto(request).then(|| no_method(request))
    }

    fn answer(&self, request: &Value, status: u16, mut answer: Value) -> (u16, Value) {
        if let Some(error) = AltoError::in_answer(&answer) {
            return (status, refused(request, &error));
        }
        if let Some(result) = answer.get_mut("result") {
            lower(result);
        }
        (status, answer)
    }

    fn over_limit(&self) -> Option<Given> {
        Some((
            429,
            json!({"code": -32002, "message": "request rate limit exceeded"}).to_string(),
        ))
    }

    fn unknown_key(&self) -> Option<Given> {
        Some((
            401,
            json!({"code": -32001, "message": "unauthorized"}).to_string(),
        ))
    }
}

/// Creates the bare object of an error.
fn refused(request: &Value, error: &AltoError<'_>) -> Value {
    const ESTIMATE_FAILED: i64 = -32004;
    let reason = error.reason();
    if request["method"] != "eth_estimateUserOperationGas" {
        return json!({"code": error.code, "message": reason});
    }
    match reason.starts_with("0x") {
        true => json!({"code": ESTIMATE_FAILED, "message": "execution reverted with data", "data": reason}),
        false => json!({"code": ESTIMATE_FAILED, "message": reason}),
    }
}

/// Writes hex, and with it addresses, in lower case.
fn lower(value: &mut Value) {
    match value {
        Value::String(text) if text.starts_with("0x") => *text = text.to_lowercase(),
        Value::Array(values) => values.iter_mut().for_each(lower),
        Value::Object(fields) => fields.values_mut().for_each(lower),
        _ => {}
    }
}
