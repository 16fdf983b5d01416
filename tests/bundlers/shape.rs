mod coinbase;
mod gate;
mod rundler;
mod skandha;
mod zerodev;

use std::sync::atomic::{AtomicBool, Ordering};

use serde_json::{Value, json};

pub(crate) use self::{coinbase::Coinbase, gate::Gate, rundler::Rundler, skandha::Skandha, zerodev::ZeroDev};

/// The HTTP status and the body of an answer.
pub(crate) type Given = (u16, String);

/// The behaviour of another service in front of a real one.
///
/// A bundler that cannot run here is a shape in front of alto: [`Bundler::all`](crate::bundler::Bundler::all) has a
/// column for it, and the table of the documentation. Where a vendor documents nothing, alto answers.
pub(crate) trait Shape: Send + Sync {
    /// Changes a request on its way to the service. Returns the answer to a request that the service does not get.
    fn request(&self, request: &mut Value) -> Option<Given> {
        let _ = request;
        None
    }

    /// Changes the HTTP status and the JSON-RPC answer of the service to a request, which is the client's.
    fn answer(&self, request: &Value, status: u16, answer: Value) -> (u16, Value) {
        let _ = request;
        (status, answer)
    }

    /// Returns the answer to a request above the rate limit, if a gateway stands in front of the service.
    fn over_limit(&self) -> Option<Given> {
        None
    }

    /// Returns the answer to a request with an unknown key, if a gateway stands in front of the service.
    fn unknown_key(&self) -> Option<Given> {
        None
    }
}

/// A node whose first suggestion of a tip is too low to be taken a moment later.
#[derive(Default)]
pub(crate) struct OldTip {
    is_asked: AtomicBool,
}

impl Shape for OldTip {
    fn answer(&self, request: &Value, status: u16, mut answer: Value) -> (u16, Value) {
        if request["method"] == "eth_maxPriorityFeePerGas" && !self.is_asked.swap(true, Ordering::Relaxed) {
            // A fifth of the 1.5 gwei that the devnet's node suggests.
            answer["result"] = json!("0x11e1a300");
        }
        (status, answer)
    }
}

/// An error in an answer of alto.
struct AltoError<'a> {
    code: i64,
    message: &'a str,
}

impl<'a> AltoError<'a> {
    fn in_answer(answer: &'a Value) -> Option<Self> {
        let error = answer.get("error")?;
        Some(Self {
            code: error["code"].as_i64()?,
            message: error["message"].as_str()?,
        })
    }

    /// Returns the entry point's or the contract's reason in the message.
    fn reason(&self) -> &'a str {
        let (_, reason) = self.message.split_once("with reason: ").unwrap_or_default();
        if reason.is_empty() { self.message } else { reason }
    }

    /// Returns the text that a call reverted with, if a call reverts.
    fn revert_text(&self) -> Option<String> {
        const REVERTS: i64 = -32521;
        // The selector of `Error(string)`, the offset and the length.
        const HEAD: usize = 2 + 8 + 64 + 64;
        let text = self.reason().get(HEAD..).filter(|_| self.code == REVERTS)?;
        let bytes = alloy::hex::decode(text).ok()?;
        let text = String::from_utf8_lossy(&bytes).into_owned();
        Some(text.trim_end_matches('\0').to_owned())
    }
}

/// Creates the JSON-RPC error that answers a request.
fn refusal(request: &Value, code: i64, message: &str) -> Value {
    json!({"jsonrpc": "2.0", "id": request["id"], "error": {"code": code, "message": message}})
}

/// Creates the answer to a request whose method the service does not have.
fn no_method(request: &Value) -> Given {
    (200, refusal(request, -32601, "Method not found").to_string())
}

/// Returns true if the method of a request is alto's own.
fn is_of_alto(request: &Value) -> bool {
    let method = request["method"].as_str().unwrap_or_default();
    method.starts_with("pimlico_")
}

/// Parses a number that alto or the client wrote.
fn number(value: &Value) -> u128 {
    let text = value.as_str().unwrap_or_default();
    u128::from_str_radix(text.trim_start_matches("0x"), 16).unwrap_or_default()
}
