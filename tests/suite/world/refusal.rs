use serde_json::Value;

/// The result or the error of a call.
pub(super) type Outcome = Result<Value, Refusal>;

/// A JSON-RPC error.
#[derive(Clone, Debug)]
pub(super) struct Refusal {
    pub(super) code: i64,
    pub(super) message: String,
}

impl Refusal {
    pub(super) fn new(code: i64, message: impl Into<String>) -> Self {
        Self {
            code,
            message: message.into(),
        }
    }

    pub(super) fn params(message: impl Into<String>) -> Self {
        Self::new(-32602, message)
    }

    pub(super) fn entry_point(message: &str) -> Self {
        Self::new(-32500, message)
    }

    pub(super) fn validation(reason: &str) -> Self {
        Self::new(-32500, format!("AA23 reverted: {reason}"))
    }

    pub(super) fn reverted(reason: &str) -> Self {
        Self::new(-32521, format!("execution reverted: {reason}"))
    }

    pub(super) fn unknown_method(method: &str) -> Self {
        Self::new(-32601, format!("the method {method} is not served here"))
    }
}
