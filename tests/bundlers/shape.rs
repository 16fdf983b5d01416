use std::sync::atomic::{AtomicBool, Ordering};

use serde_json::{Value, json};

/// The behaviour of another service in front of a real one.
///
/// A bundler that cannot run here is a shape in front of alto: [`Bundler::all`](crate::bundler::Bundler::all) has a
/// column for it, and the table of the documentation.
pub(crate) trait Shape: Send + Sync {
    /// Changes a request on its way to the service. Returns the HTTP status and the JSON-RPC answer of a request that
    /// the service does not get.
    fn request(&self, request: &mut Value) -> Option<(u16, Value)> {
        let _ = request;
        None
    }

    /// Changes the HTTP status and the JSON-RPC answer of the service to a request.
    fn answer(&self, request: &Value, status: u16, answer: Value) -> (u16, Value);
}

/// A node whose first suggestion of a tip is too low to be taken a moment later.
#[derive(Default)]
pub(crate) struct OldTip {
    is_asked: AtomicBool,
}

impl Shape for OldTip {
    fn answer(&self, request: &Value, status: u16, mut answer: Value) -> (u16, Value) {
        if request["method"] == "eth_maxPriorityFeePerGas" && !self.is_asked.swap(true, Ordering::Relaxed) {
            answer["result"] = json!("0x1");
        }
        (status, answer)
    }
}
