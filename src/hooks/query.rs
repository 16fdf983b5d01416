mod suspense;

use std::{fmt, future::Future, mem, sync::Arc};

use futures::future::{AbortHandle, Abortable};
use leptos::{prelude::*, reactive::spawn};

use super::{
    Status,
    derived::{effect, is, memo, optional},
    erased::{Erased, ErasedKey},
    refetch::Refetch,
};
use crate::{Error, platform::BoxFuture};

/// Data that is fetched as soon as there is a key, with the state of the fetch as signals.
///
/// When the key changes, a running fetch is cancelled and the next one begins. Data of the former key is not shown. A
/// refetch of the same key keeps the old data until the new data arrives. A query ends with its component.
///
/// A query can be awaited in a [`Suspend`], so that a [`Suspense`] shows its fallback until the first answer.
///
/// On the server nothing is fetched: `status` is [`Status::Idle`], and the other signals are `None`.
///
/// # Examples
///
/// ```
/// use leptos::prelude::*;
/// use use_aa::{Query, Status};
///
/// # Owner::new().with(|| {
/// let number = RwSignal::new(None::<u32>);
/// let Query { data, status, .. } = Query::new(move || number.get(), |n| async move { Ok(2 * n) });
///
/// let view = move || view! { <output>{move || data.get()}</output> };
/// # let _ = view;
/// assert_eq!(status.get_untracked(), Status::Idle);
/// # });
/// ```
#[non_exhaustive]
pub struct Query<Answer: Send + Sync + 'static> {
    /// The data of the key. After a failed refetch this is the data of the last successful fetch.
    pub data: Signal<Option<Answer>>,
    /// The error of the last fetch, if that fetch failed.
    pub error: Signal<Option<Error>>,
    /// The status of the query: [`Status::Idle`] while there is no key, or nothing was fetched for the key.
    pub status: Signal<Status>,
    /// True while a fetch is running and the key has no data yet.
    pub is_loading: Signal<bool>,
    /// True while a fetch is running: the first one, or a refetch.
    pub is_fetching: Signal<bool>,
    /// True when the last fetch has succeeded.
    pub is_success: Signal<bool>,
    /// True when the last fetch has failed.
    pub is_error: Signal<bool>,
    /// Fetches again, even while the query is disabled. Without a key this does nothing.
    pub refetch: Callback<()>,
    enabled: RwSignal<Signal<bool>>,
}

impl<Answer: Clone + Send + Sync + 'static> Query<Answer> {
    /// Creates a query that runs `fetch` with the key whenever `key`, which is tracked, returns a new one.
    pub fn new<Key, Fetch, Fetching>(
        key: impl Fn() -> Option<Key> + Send + Sync + 'static,
        fetch: Fetch,
    ) -> Self
    where
        Key: Clone + PartialEq + Send + Sync + 'static,
        Fetch: Fn(Key) -> Fetching + Send + Sync + 'static,
        Fetching: Future<Output = Result<Answer, Error>> + Send + 'static,
    {
        let (query, follow) = Self::prepare(key, fetch);
        effect(follow);
        query
    }

    /// Sets the condition for fetching. A running fetch is cancelled when the condition becomes false. The default
    /// is true.
    #[must_use]
    pub fn enabled(self, enabled: impl Into<Signal<bool>>) -> Self {
        self.enabled.try_set(enabled.into());
        self
    }

    /// Returns the part of the query that fetches again.
    pub(super) const fn refetching(self) -> Refetch {
        Refetch {
            is_fetching: self.is_fetching,
            enabled: self.enabled,
            refetch: self.refetch,
        }
    }

    /// Returns the query, and the effect function that keeps the query up to date.
    fn prepare<Key, Fetch, Fetching>(
        key: impl Fn() -> Option<Key> + Send + Sync + 'static,
        fetch: Fetch,
    ) -> (Self, impl FnMut() + Send + Sync + 'static)
    where
        Key: Clone + PartialEq + Send + Sync + 'static,
        Fetch: Fn(Key) -> Fetching + Send + Sync + 'static,
        Fetching: Future<Output = Result<Answer, Error>> + Send + 'static,
    {
        let fetch = Arc::new(fetch);
        let core = Core::new(
            Box::new(move || key().map(ErasedKey::new)),
            Arc::new(move |key: Erased| {
                let fetching = fetch(key.get::<Key>());
                Box::pin(async move { fetching.await.map(Erased::new) })
            }),
        );
        let query = Self {
            data: optional(move || core.part(|state| state.answer.as_ref().map(Erased::get))),
            error: core.error,
            status: core.status.into(),
            is_loading: is(core.status, Status::Pending),
            is_fetching: core.is_fetching,
            is_success: is(core.status, Status::Success),
            is_error: is(core.status, Status::Error),
            refetch: core.refetch,
            enabled: core.enabled,
        };
        let follow = core.follow();
        (query, follow)
    }
}

impl<Answer: Send + Sync + 'static> Clone for Query<Answer> {
    fn clone(&self) -> Self {
        *self
    }
}

impl<Answer: Send + Sync + 'static> Copy for Query<Answer> {}

impl<Answer: Send + Sync + 'static> fmt::Debug for Query<Answer> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let status = self.status.try_get_untracked();
        f.debug_struct("Query")
            .field("status", &status)
            .finish_non_exhaustive()
    }
}

type Fetch = Arc<dyn Fn(Erased) -> BoxFuture<'static, Result<Erased, Error>> + Send + Sync>;

struct Latest {
    generation: u64,
    key: Option<ErasedKey>,
    state: State,
}

/// The latest outcomes of the fetches of a key.
#[derive(Default)]
struct State {
    /// The answer of the last fetch that succeeded.
    answer: Option<Erased>,
    /// The error of the last fetch, if that fetch failed.
    error: Option<Error>,
    is_fetching: bool,
}

impl State {
    const fn status(&self) -> Status {
        match (&self.error, &self.answer) {
            (Some(_), _) => Status::Error,
            (None, Some(_)) => Status::Success,
            (None, None) if self.is_fetching => Status::Pending,
            (None, None) => Status::Idle,
        }
    }

    /// Begins a fetch, or stops the running one.
    fn fetch(&mut self, is_fetching: bool) {
        self.is_fetching = is_fetching;
        if is_fetching && self.answer.is_none() {
            self.error = None;
        }
    }

    fn fetched(&mut self, result: Result<Erased, Error>) {
        self.is_fetching = false;
        match result {
            Ok(answer) => (self.answer, self.error) = (Some(answer), None),
            Err(error) => self.error = Some(error),
        }
    }
}

/// A query without the types of its key and answer: the function that fetches the answer of a key, and the state of the
/// latest key.
#[derive(Clone, Copy)]
struct Core {
    key: Memo<Option<ErasedKey>>,
    is_enabled: Memo<bool>,
    round: RwSignal<u64>,
    fetch: StoredValue<Fetch>,
    latest: RwSignal<Latest>,
    error: Signal<Option<Error>>,
    status: Memo<Status>,
    is_fetching: Signal<bool>,
    refetch: Callback<()>,
    enabled: RwSignal<Signal<bool>>,
}

impl Core {
    fn new(key: Box<dyn Fn() -> Option<ErasedKey> + Send + Sync>, fetch: Fetch) -> Self {
        let key = memo(key);
        let enabled = RwSignal::new(Signal::stored(true));
        let round = RwSignal::new(0_u64);
        let latest = RwSignal::new(Latest {
            generation: 0,
            key: None,
            state: State::default(),
        });
        let is_fetching = memo(Box::new(move || {
            part(latest, key, |state| Some(state.is_fetching)) == Some(true)
        }));
        Self {
            key,
            is_enabled: memo(Box::new(move || enabled.get().try_get() == Some(true))),
            round,
            fetch: StoredValue::new(fetch),
            latest,
            error: optional(move || part(latest, key, |state| state.error.clone())),
            status: memo(Box::new(move || {
                part(latest, key, |state| Some(state.status())).unwrap_or_default()
            })),
            is_fetching: is_fetching.into(),
            refetch: Callback::new(move |()| {
                round.try_update(|round| *round += 1);
            }),
            enabled,
        }
    }

    /// Returns the effect that fetches the answer of each new key, and of the same key again after a refetch.
    fn follow(self) -> impl FnMut() + Send + Sync + 'static {
        let mut last = 0;
        move || {
            let (key, is_enabled, round) = (self.key.get(), self.is_enabled.get(), self.round.get());
            let is_asked_again = mem::replace(&mut last, round) != round;
            self.fetch(key, is_enabled || is_asked_again);
        }
    }

    /// Returns a part of the state, if the state belongs to the current key.
    fn part<T>(self, of: impl FnOnce(&State) -> Option<T>) -> Option<T> {
        part(self.latest, self.key, of)
    }

    /// Makes a key the current one, and fetches its data if that is allowed. The fetch is cancelled when the calling
    /// effect runs again or ends.
    fn fetch(self, key: Option<ErasedKey>, may_fetch: bool) {
        let begun = self.latest.try_update(|latest| {
            if latest.key != key {
                latest.state = State::default();
            }
            latest.generation += 1;
            latest.key.clone_from(&key);
            latest.state.fetch(may_fetch && key.is_some());
            latest.generation
        });
        let (Some(generation), Some(fetch)) = (begun, self.fetch.try_get_value()) else {
            return;
        };
        let Some(key) = key.filter(|_| may_fetch) else {
            return;
        };

        let (end, ended) = AbortHandle::new_pair();
        on_cleanup(move || end.abort());
        spawn(async move {
            if let Ok(result) = Abortable::new(fetch(key.key), ended).await {
                self.settle(generation, result);
            }
        });
    }

    fn settle(self, generation: u64, result: Result<Erased, Error>) {
        self.latest.try_maybe_update(|latest| {
            // Otherwise another fetch owns the state.
            let owns = latest.generation == generation;
            if owns {
                latest.state.fetched(result);
            }
            (owns, ())
        });
    }
}

fn part<T>(
    latest: RwSignal<Latest>,
    key: Memo<Option<ErasedKey>>,
    of: impl FnOnce(&State) -> Option<T>,
) -> Option<T> {
    let key = key.get();
    latest.with(|latest| of(&latest.state).filter(|_| latest.key == key))
}

#[cfg(test)]
mod tests;
