use std::{
    collections::{HashMap, HashSet},
    sync::{Mutex, MutexGuard, PoisonError},
};

use serde_json::{Value, json};

use super::{AltoError, Given, Shape, is_of_alto, no_method, number, refusal};

/// The least priority fee, in wei per unit of gas: a quarter above the 1.5 gwei that the devnet's node suggests.
const FLOOR: u128 = 1_875_000_000;
/// The number of pending operations of an account without stake.
const MOST: usize = 4;
const PRECHECK: i64 = -32000;

/// Rundler, behind Alchemy's gateway.
///
/// Its source has the texts and codes (`crates/rpc/src/eth/error.rs`, `crates/types/src/pool/error.rs`) and the
/// estimate of limits that are given (`crates/sim/src/estimation/v0_6.rs`). Alchemy's reference has the fees, the rate
/// limit and the key.
#[derive(Default)]
pub(crate) struct Rundler {
    /// True if the price of data on the parent chain rises after each estimate, as on rollups.
    rises: bool,
    senders: Mutex<HashMap<String, Sender>>,
}

/// The state of an account at the bundler.
#[derive(Default)]
struct Sender {
    nonces: HashSet<String>,
    /// The pre-verification gas that operations must have, once the price of data has risen.
    pre_verification: Option<u128>,
}

impl Rundler {
    /// Creates a bundler on a rollup: the price of data rises after each estimate.
    pub(crate) fn on_rollup() -> Self {
        Self {
            rises: true,
            ..Self::default()
        }
    }

    fn senders(&self) -> MutexGuard<'_, HashMap<String, Sender>> {
        self.senders.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Returns the violation of an operation that is sent, in the order of rundler's checks.
    fn violation(&self, op: &Value) -> Option<(i64, String)> {
        let text = |name: &str| op[name].as_str().unwrap_or_default().to_owned();
        let mut senders = self.senders();
        let sender = senders.entry(text("sender")).or_default();
        let gas = number(&op["preVerificationGas"]);
        if self.rises {
            let least = *sender.pre_verification.get_or_insert(gas * 110 / 100);
            if gas < least {
                let text =
                    format!("precheck failed: preVerificationGas is {gas} but must be at least {least}");
                return Some((PRECHECK, text));
            }
        }
        let tip = number(&op["maxPriorityFeePerGas"]);
        if tip < FLOOR {
            let text = format!("precheck failed: maxPriorityFeePerGas is {tip} but must be at least {FLOOR}");
            return Some((PRECHECK, text));
        }
        sender.nonces.insert(text("nonce"));
        let is_too_many = sender.nonces.len() > MOST;
        is_too_many.then(|| {
            sender.nonces.remove(&text("nonce"));
            let sender = text("sender");
            let text = format!("Max operations ({MOST}) reached for sender {sender} due to being unstaked");
            (-32505, text)
        })
    }
}

impl Shape for Rundler {
    fn request(&self, request: &mut Value) -> Option<Given> {
        match request["method"].as_str().unwrap_or_default() {
            "rundler_getUserOperationGasPrice" | "rundler_maxPriorityFeePerGas" => {
                request["method"] = json!("pimlico_getUserOperationGasPrice");
                None
            }
            "eth_sendUserOperation" => {
                let (code, text) = self.violation(&request["params"][0])?;
                Some((200, refusal(request, code, &text).to_string()))
            }
            _ => is_of_alto(request).then(|| no_method(request)),
        }
    }

    fn answer(&self, request: &Value, status: u16, mut answer: Value) -> (u16, Value) {
        let op = &request["params"][0];
        if let Some(error) = AltoError::in_answer(&answer) {
            return (status, refused(request, &error));
        }
        match request["method"].as_str().unwrap_or_default() {
            "rundler_maxPriorityFeePerGas" => answer["result"] = json!(format!("{FLOOR:#x}")),
            "rundler_getUserOperationGasPrice" => answer["result"] = prices(&answer["result"]["standard"]),
            "eth_estimateUserOperationGas" => {
                for limit in ["callGasLimit", "verificationGasLimit", "preVerificationGas"] {
                    if number(&op[limit]) > 0 {
                        answer["result"][limit] = op[limit].clone();
                    }
                }
            }
            _ => {}
        }
        (status, answer)
    }

    fn over_limit(&self) -> Option<Given> {
        const TEXT: &str = "Your app has exceeded its compute units per second capacity.";
        let error = json!({"jsonrpc": "2.0", "error": {"code": 429, "message": TEXT}});
        Some((429, error.to_string()))
    }

    fn unknown_key(&self) -> Option<Given> {
        const TEXT: &str = "Must be authenticated!";
        let error = json!({"jsonrpc": "2.0", "id": null, "error": {"code": -32600, "message": TEXT}});
        Some((401, error.to_string()))
    }
}

/// Returns the fees of `rundler_getUserOperationGasPrice`, in the relation of Alchemy's example.
fn prices(alto: &Value) -> Value {
    let base = number(&alto["maxFeePerGas"]) - number(&alto["maxPriorityFeePerGas"]);
    let tip = FLOOR * 130 / 100;
    json!({
        "currentPriorityFee": format!("{FLOOR:#x}"),
        "baseFee": format!("{base:#x}"),
        "blockNumber": "0x1",
        "suggested": {
            "maxPriorityFeePerGas": format!("{tip:#x}"),
            "maxFeePerGas": format!("{:#x}", base * 150 / 100 + tip),
        },
    })
}

fn refused(request: &Value, error: &AltoError<'_>) -> Value {
    let op = &request["params"][0];
    let reason = error.reason();
    if reason.contains("AA21") {
        let gas = ["callGasLimit", "verificationGasLimit", "preVerificationGas"];
        let gas = gas.iter().map(|limit| number(&op[limit])).sum::<u128>();
        let cost = gas * number(&op["maxFeePerGas"]);
        let text = format!(
            "precheck failed: sender balance and deposit together is 0 but must be at least {cost} to pay for this \
             operation"
        );
        return refusal(request, PRECHECK, &text);
    }
    if reason.contains("AA24") || error.code == -32507 {
        return refusal(request, -32507, "Invalid account signature");
    }
    if let Some(text) = error.revert_text() {
        return refusal(request, -32521, &text);
    }
    if reason.starts_with("AA") {
        let mut answer = refusal(
            request,
            -32500,
            &format!("validation reverted: {reason} data len: 0"),
        );
        answer["error"]["data"] = json!({"reason": reason, "innerReason": null, "data": "0x"});
        return answer;
    }
    match reason.to_lowercase().contains("already known") {
        true => refusal(request, -32602, "already known"),
        false => refusal(request, error.code, reason),
    }
}
