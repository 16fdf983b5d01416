use std::{
    sync::{Mutex, MutexGuard, PoisonError},
    time::Duration,
};

use crate::{
    platform::{self, Json},
    rpc::Stub,
};

/// The cache of paymasters' stub data (ERC-7677). With cached stub data, gas is estimated without a request
/// for it.
#[derive(Debug, Default)]
pub(crate) struct StubCache(Mutex<Vec<Entry>>);

/// Stub data, the context that the paymaster got, and the time of the request.
#[derive(Debug)]
struct Entry {
    context: Json,
    stub: Stub,
    learned: Duration,
}

impl StubCache {
    /// The maximum age of stub data: 300 s.
    pub(crate) const LONGEST: Duration = Duration::from_secs(300);

    /// Returns the stub data for a context, up to a maximum age.
    pub(crate) fn find(&self, context: &Json, most: Duration) -> Option<Stub> {
        let entries = self.entries();
        let entry = entries.iter().find(|entry| entry.context == *context)?;
        (entry.age() < most).then(|| entry.stub.clone())
    }

    /// Adds stub data that was just received.
    pub(crate) fn insert(&self, context: &Json, stub: Stub) {
        let mut entries = self.entries();
        entries.retain(|entry| entry.context != *context && entry.age() < Self::LONGEST);
        entries.push(Entry {
            context: context.clone(),
            stub,
            learned: platform::monotonic(),
        });
    }

    /// Removes the stub data for a context.
    pub(crate) fn remove(&self, context: &Json) {
        self.entries().retain(|entry| entry.context != *context);
    }

    fn entries(&self) -> MutexGuard<'_, Vec<Entry>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Entry {
    fn age(&self) -> Duration {
        platform::monotonic().saturating_sub(self.learned)
    }
}
