use std::{
    fmt,
    sync::{Mutex, MutexGuard, PoisonError},
    time::Duration,
};

use serde::{Deserialize, Serialize};
use serde_json::Value;

/// What `POST /control` sets and `GET /control` shows. A field that is left out stays as it was.
#[derive(Clone, Debug, Default, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Control {
    /// Waited before each call is looked at.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub latency_ms: Option<u64>,
    /// What goes wrong, first match first.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub faults: Option<Vec<Fault>>,
    /// Whether the bundler keeps operations in its mempool and bundles none.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub hold: Option<bool>,
    /// How many seconds the time of blocks is ahead of the machine's; behind it when negative.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub clock: Option<i64>,
    /// Undoes what was asked for before, first of all: faults, latency, a hold, a clock, deaths.
    #[serde(default, skip_serializing)]
    pub heal: bool,
    /// Starts a part that was killed. The answer comes when it runs.
    #[serde(default, skip_serializing)]
    pub restart: Option<Part>,
    /// Takes so many of the last blocks off the chain, with their transactions, and puts empty ones in their place.
    #[serde(default, skip_serializing)]
    pub reorg: Option<u64>,
    /// Kills a part, after everything else. The answer comes when it is dead.
    #[serde(default, skip_serializing)]
    pub kill: Option<Part>,
    /// When a part that is killed comes back by itself; never when left out.
    #[serde(default, skip_serializing)]
    pub restart_after_ms: Option<u64>,
    /// The parts that are dead. Shown only.
    #[serde(default, skip_deserializing)]
    pub dead: Vec<Part>,
}

/// What can be killed.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
#[non_exhaustive]
pub enum Part {
    /// The chain. Its blocks and its state survive.
    Chain,
    /// The bundler. Its mempool does not survive.
    Bundler,
    /// The paymasters of both dialects. They live in the devnet's own process: calls that they work on are lost.
    Paymaster,
}

impl fmt::Display for Part {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Chain => "chain",
            Self::Bundler => "bundler",
            Self::Paymaster => "paymaster",
        })
    }
}

/// One thing that goes wrong.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Fault {
    /// A part of `"{service} {method}"`, as in `"bundler eth_send"`. Empty matches all.
    #[serde(default, rename = "match")]
    pub matches: String,
    /// What happens.
    pub kind: Kind,
    /// How often; without end when left out.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub times: Option<u32>,
    /// How many matching calls pass before.
    #[serde(default)]
    pub skip: u32,
    /// How long a [`Kind::Delay`] is; one second when left out.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub ms: Option<u64>,
    /// The text of the error or page.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub message: Option<String>,
    /// The code of a JSON-RPC error; -32000 when left out.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub code: Option<i64>,
    /// What [`Kind::Rewrite`] answers, or [`Kind::Merge`] adds.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub result: Option<Value>,
}

/// What a fault does.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[non_exhaustive]
pub enum Kind {
    /// HTTP 500 with a JSON-RPC error.
    #[serde(rename = "500")]
    Status500,
    /// HTTP 500 with an HTML page.
    #[serde(rename = "500html")]
    Html500,
    /// HTTP 200 with an HTML page.
    #[serde(rename = "200html")]
    Html200,
    /// HTTP 200 with a JSON-RPC error.
    #[serde(rename = "200error")]
    Error200,
    /// HTTP 400 with a JSON-RPC error.
    #[serde(rename = "400error")]
    Error400,
    /// HTTP 200 with the result null.
    #[serde(rename = "200null")]
    Null200,
    /// The connection is closed without an answer.
    #[serde(rename = "drop")]
    Drop,
    /// The call is held back, then served.
    #[serde(rename = "delay")]
    Delay,
    /// The call is served, and another result is answered.
    #[serde(rename = "rewrite")]
    Rewrite,
    /// The call is served, and fields of its result are replaced or added.
    #[serde(rename = "merge")]
    Merge,
}

impl Fault {
    /// The length of a delay.
    pub(crate) fn delay(&self) -> Duration {
        Duration::from_millis(self.ms.unwrap_or(1000))
    }

    /// The text to answer.
    pub(crate) fn text(&self) -> &str {
        self.message.as_deref().unwrap_or("a fault that was asked for")
    }
}

/// Latency and faults as they stand.
#[derive(Debug, Default)]
pub(crate) struct Controls(Mutex<State>);

#[derive(Debug, Default)]
struct State {
    latency_ms: u64,
    faults: Vec<Fault>,
}

impl Controls {
    /// What is `None` stays.
    pub(crate) fn set(&self, latency_ms: Option<u64>, faults: Option<Vec<Fault>>) {
        let mut state = self.state();
        state.latency_ms = latency_ms.unwrap_or(state.latency_ms);
        if let Some(mut faults) = faults {
            faults.retain(|fault| fault.times != Some(0));
            state.faults = faults;
        }
    }

    /// What remains.
    pub(crate) fn remaining(&self) -> Control {
        let state = self.state();
        Control {
            latency_ms: Some(state.latency_ms),
            faults: Some(state.faults.clone()),
            ..Control::default()
        }
    }

    pub(crate) fn latency(&self) -> Duration {
        Duration::from_millis(self.state().latency_ms)
    }

    /// The faults that this call meets: all delays before the first of another kind, and that one. They are used up
    /// by it.
    pub(crate) fn take(&self, service: &str, method: &str) -> Vec<Fault> {
        let call = format!("{service} {method}");
        let mut state = self.state();
        let mut met = Vec::new();
        for fault in state
            .faults
            .iter_mut()
            .filter(|fault| call.contains(&fault.matches))
        {
            if fault.skip > 0 {
                fault.skip -= 1;
                continue;
            }
            fault.times = fault.times.map(|times| times - 1);
            met.push(fault.clone());
            if fault.kind != Kind::Delay {
                break;
            }
        }
        state.faults.retain(|fault| fault.times != Some(0));
        met
    }

    fn state(&self) -> MutexGuard<'_, State> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn faults(faults: Value) -> Controls {
        let controls = Controls::default();
        let faults = serde_json::from_value(faults).expect("faults");
        controls.set(None, Some(faults));
        controls
    }

    fn kinds(met: &[Fault]) -> Vec<Kind> {
        met.iter().map(|fault| fault.kind).collect()
    }

    #[test]
    fn a_fault_meets_the_calls_whose_service_and_method_contain_its_match() {
        let controls = faults(serde_json::json!([{"match": "bundler eth_send", "kind": "drop"}]));

        assert_eq!(
            kinds(&controls.take("bundler", "eth_sendUserOperation")),
            [Kind::Drop]
        );
        assert_eq!(
            kinds(&controls.take("biconomy-bundler", "eth_sendUserOperation")),
            [Kind::Drop]
        );
        assert!(controls.take("bundler", "eth_chainId").is_empty());
        assert!(controls.take("node", "eth_sendRawTransaction").is_empty());
    }

    #[test]
    fn a_fault_skips_then_happens_so_many_times_and_is_gone() {
        let controls = faults(serde_json::json!([{"match": "node", "kind": "500", "skip": 1, "times": 2}]));

        let met: Vec<_> = (0..4).map(|_| controls.take("node", "eth_call").len()).collect();

        assert_eq!(met, [0, 1, 1, 0]);
        assert!(
            controls
                .remaining()
                .faults
                .is_some_and(|faults| faults.is_empty())
        );
    }

    #[test]
    fn delays_add_to_the_first_other_fault_and_later_ones_are_kept() {
        let controls = faults(serde_json::json!([
            {"kind": "delay", "times": 1},
            {"kind": "200null", "times": 1},
            {"kind": "drop", "times": 1},
        ]));

        assert_eq!(
            kinds(&controls.take("node", "eth_call")),
            [Kind::Delay, Kind::Null200]
        );
        assert_eq!(kinds(&controls.take("node", "eth_call")), [Kind::Drop]);
    }

    #[test]
    fn what_is_left_out_stays() {
        let controls = faults(serde_json::json!([{"kind": "drop"}]));

        controls.set(Some(100), None);

        assert_eq!(controls.latency(), Duration::from_millis(100));
        assert_eq!(kinds(&controls.take("node", "eth_call")), [Kind::Drop]);
    }
}
