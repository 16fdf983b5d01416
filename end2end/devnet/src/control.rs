use std::{
    sync::{Mutex, MutexGuard, PoisonError},
    time::Duration,
};

use serde::{Deserialize, Serialize};

use crate::{endpoint::Service, fault::Fault, part::Part};

/// The body of `POST /control`, and the response of `GET /control`. An omitted field keeps its value.
///
/// In a namespace, latency, faults and [`heal`](Self::heal) apply to the namespace. All other fields are rejected
/// there.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Control {
    /// The delay before each call is processed, in milliseconds.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub latency_ms: Option<u64>,
    /// The faults of the services. A call meets the first fault that selects the call.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub faults: Option<Vec<Fault>>,
    /// True when the bundler keeps operations in its mempool and does not bundle.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub hold: Option<bool>,
    /// The offset of block timestamps from this machine's clock, in seconds. Negative values are in the past.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub clock: Option<i64>,
    /// Undoes earlier controls before all other fields apply: faults, latency, a hold, a clock, killed parts.
    #[serde(default, skip_serializing_if = "is_false")]
    pub heal: bool,
    /// Restarts a killed part. The response is sent when the part runs.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub restart: Option<Part>,
    /// Replaces this number of latest blocks with empty ones. Their transactions are lost.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub reorg: Option<u64>,
    /// Kills a part, after all other fields apply. The response is sent when the part is dead.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub kill: Option<Part>,
    /// The delay after which a killed part restarts, in milliseconds. If omitted, the part does not restart by itself.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub restart_after_ms: Option<u64>,
    /// The parts that are dead. Only present in responses.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub dead: Option<Vec<Part>>,
}

impl Control {
    /// Creates a control that replaces all faults with these.
    pub fn faults(faults: impl IntoIterator<Item = Fault>) -> Self {
        Self {
            faults: Some(faults.into_iter().collect()),
            ..Self::default()
        }
    }

    /// Returns the name of the first field that affects all namespaces.
    pub(crate) fn process_wide(&self) -> Option<&'static str> {
        let given = [
            ("hold", self.hold.is_some()),
            ("clock", self.clock.is_some()),
            ("restart", self.restart.is_some()),
            ("reorg", self.reorg.is_some()),
            ("kill", self.kill.is_some()),
            ("restart_after_ms", self.restart_after_ms.is_some()),
        ];
        given.into_iter().find_map(|(name, given)| given.then_some(name))
    }
}

/// The current latency and faults.
#[derive(Debug, Default)]
pub(crate) struct Controls(Mutex<State>);

#[derive(Debug, Default)]
struct State {
    latency_ms: u64,
    faults: Vec<Fault>,
}

impl Controls {
    /// Replaces the latency and the faults. A `None` keeps the current value.
    pub(crate) fn set(&self, latency_ms: Option<u64>, faults: Option<Vec<Fault>>) {
        let mut state = self.state();
        state.latency_ms = latency_ms.unwrap_or(state.latency_ms);
        if let Some(mut faults) = faults {
            faults.retain(|fault| !fault.is_spent());
            state.faults = faults;
        }
    }

    /// Removes latency and faults.
    pub(crate) fn heal(&self) {
        *self.state() = State::default();
    }

    /// Returns the latency and the faults that are still active.
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

    /// Takes the faults that a call meets, and counts their uses.
    pub(crate) fn take(&self, service: Service, method: &str) -> Vec<Fault> {
        Fault::take(&mut self.state().faults, service, method)
    }

    fn state(&self) -> MutexGuard<'_, State> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

#[expect(clippy::trivially_copy_pass_by_ref, reason = "serde wants a reference")]
const fn is_false(flag: &bool) -> bool {
    !*flag
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_left_out_stays() {
        let controls = Controls::default();
        controls.set(None, Some(vec![Fault::any().drop()]));

        controls.set(Some(100), None);

        assert_eq!(controls.latency(), Duration::from_millis(100));
        assert_eq!(controls.take(Service::Node, "eth_call"), [Fault::any().drop()]);
    }

    #[test]
    fn what_concerns_all_namespaces_is_told_from_what_concerns_one() {
        let own = serde_json::json!({"latency_ms": 5, "faults": [], "heal": true});
        let own: Control = serde_json::from_value(own).expect("a control");
        assert_eq!(own.process_wide(), None);

        for (name, value) in [
            ("hold", serde_json::json!(false)),
            ("clock", serde_json::json!(0)),
            ("restart", serde_json::json!("chain")),
            ("reorg", serde_json::json!(1)),
            ("kill", serde_json::json!("chain")),
            ("restart_after_ms", serde_json::json!(1)),
        ] {
            let wide = serde_json::json!({ name: value });
            let wide: Control = serde_json::from_value(wide).expect("a control");
            assert_eq!(wide.process_wide(), Some(name));
        }
    }
}
