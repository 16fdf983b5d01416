use std::{
    collections::VecDeque,
    sync::{Mutex, MutexGuard, PoisonError},
    time::{SystemTime, UNIX_EPOCH},
};

use serde::{Deserialize, Serialize};

/// An entry of the request log, as `GET /log` lists it.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct Entry {
    /// The sequence number of the request in order of arrival, from 1. Clearing the log does not reset the count.
    pub id: u64,
    /// The service: `node`, `bundler`, `paymaster`, `biconomy-bundler` or `biconomy-paymaster`.
    pub service: String,
    /// The method, or the methods of a batch in order.
    pub methods: Vec<String>,
    /// The time of arrival, in milliseconds since the Unix epoch.
    pub start_ms: f64,
    /// The time of the response, in milliseconds since the Unix epoch. `None` while the request is pending.
    pub end_ms: Option<f64>,
    /// The HTTP status. `None` while the request is pending, and when the connection was closed without a response.
    pub status: Option<u16>,
    /// The first error of the response, or the reason that there is no response.
    pub error: Option<String>,
}

/// The maximum number of log entries; the oldest are removed.
const MOST: usize = 10_000;

/// The request log, in order of arrival.
#[derive(Debug, Default)]
pub(crate) struct Journal(Mutex<State>);

#[derive(Debug, Default)]
struct State {
    last_id: u64,
    entries: VecDeque<Entry>,
}

impl Journal {
    /// Records an incoming request and returns its id.
    pub(crate) fn open(&self, service: &str, methods: Vec<String>) -> u64 {
        let mut state = self.state();
        state.last_id += 1;
        let id = state.last_id;
        if state.entries.len() == MOST {
            state.entries.pop_front();
        }
        state.entries.push_back(Entry {
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

    /// Records the end of a request, unless the log was cleared meanwhile.
    pub(crate) fn close(&self, id: u64, status: Option<u16>, error: Option<String>) {
        if let Some(entry) = self.state().entries.iter_mut().rev().find(|entry| entry.id == id) {
            entry.end_ms = Some(now_ms());
            entry.status = status;
            entry.error = error;
        }
    }

    pub(crate) fn entries(&self) -> Vec<Entry> {
        self.state().entries.iter().cloned().collect()
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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_the_latest_requests_are_kept() {
        let journal = Journal::default();
        let first = journal.open("node", Vec::new());
        let latest = (0..MOST).map(|_| journal.open("node", Vec::new())).last();

        journal.close(first, Some(200), None);

        let entries = journal.entries();
        assert_eq!(entries.len(), MOST);
        assert_eq!(entries.first().map(|entry| entry.id), Some(first + 1));
        assert_eq!(entries.last().map(|entry| entry.id), latest);
    }
}
