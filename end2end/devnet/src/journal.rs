use std::{
    sync::{Mutex, MutexGuard, PoisonError},
    time::{SystemTime, UNIX_EPOCH},
};

use serde::{Deserialize, Serialize};

/// One call that was served, as `GET /log` tells it.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct Entry {
    /// Counts calls in the order in which they came, from 1; never reset.
    pub id: u64,
    /// `node`, `bundler`, `paymaster`, `biconomy-bundler` or `biconomy-paymaster`.
    pub service: String,
    /// The method, or those of the batch in order.
    pub methods: Vec<String>,
    /// When it came, in milliseconds since 1970.
    pub start_ms: f64,
    /// When it was answered. `None` while it is not.
    pub end_ms: Option<f64>,
    /// The HTTP status. `None` while there is no answer, and when there was none.
    pub status: Option<u16>,
    /// The first error of the answer, or what became of the call instead.
    pub error: Option<String>,
}

/// The calls served, in order.
#[derive(Debug, Default)]
pub(crate) struct Journal(Mutex<State>);

#[derive(Debug, Default)]
struct State {
    last_id: u64,
    entries: Vec<Entry>,
}

impl Journal {
    /// Notes a call that came in, and gives its id.
    pub(crate) fn open(&self, service: &str, methods: Vec<String>) -> u64 {
        let mut state = self.state();
        state.last_id += 1;
        let id = state.last_id;
        state.entries.push(Entry {
            id,
            service: service.to_owned(),
            methods,
            start_ms: now_ms(),
            end_ms: None,
            status: None,
            error: None,
        });
        id
    }

    /// Notes how a call ended, unless the log was cleared meanwhile.
    pub(crate) fn close(&self, id: u64, status: Option<u16>, error: Option<String>) {
        if let Some(entry) = self.state().entries.iter_mut().rev().find(|entry| entry.id == id) {
            entry.end_ms = Some(now_ms());
            entry.status = status;
            entry.error = error;
        }
    }

    pub(crate) fn entries(&self) -> Vec<Entry> {
        self.state().entries.clone()
    }

    pub(crate) fn clear(&self) {
        self.state().entries.clear();
    }

    fn state(&self) -> MutexGuard<'_, State> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

fn now_ms() -> f64 {
    let since = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default();
    since.as_micros() as f64 / 1000.0
}
