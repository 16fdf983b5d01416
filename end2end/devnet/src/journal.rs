use std::{
    collections::VecDeque,
    sync::{Mutex, MutexGuard, PoisonError},
    time::{SystemTime, UNIX_EPOCH},
};

use serde::{Deserialize, Serialize};

/// One request that was served, as `GET /log` lists it.
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

/// The number of requests that a log keeps: the latest.
const MOST: usize = 10_000;

/// The requests served, in order.
#[derive(Debug, Default)]
pub(crate) struct Journal(Mutex<State>);

#[derive(Debug, Default)]
struct State {
    last_id: u64,
    entries: VecDeque<Entry>,
}

impl Journal {
    /// Notes a call that came in, and gives its id.
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

    /// Notes how a call ended, unless the log was cleared meanwhile.
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
