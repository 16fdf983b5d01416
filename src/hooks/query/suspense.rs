use std::{
    future::Future,
    mem,
    pin::Pin,
    sync::{Arc, Mutex, MutexGuard, PoisonError},
    task::{Context, Poll},
};

use futures::task::AtomicWaker;
use leptos::{
    prelude::*,
    reactive::{
        computed::suspense::LocalResourceNotifier,
        graph::{AnySource, AnySubscriber, Observer, ReactiveNode, Source, Subscriber, WithObserver},
    },
};

use super::Query;
use crate::{Error, platform::BoxFuture};

/// A query can be awaited, as a Leptos resource can, so that a [`Suspense`] or [`Transition`] shows its fallback until
/// the first answer.
///
/// The future is pending until the key has data, or until the first fetch has failed. A refetch keeps the old data,
/// also if it fails, and another key is pending anew. The data is tracked.
///
/// On the server nothing is fetched: the future stays pending, and a `Suspense` above renders its fallback. Await a
/// query there only below a `Suspense`, a `Transition` or in a [`Suspend`].
///
/// # Examples
///
/// ```
/// use leptos::prelude::*;
/// use use_aa::use_sessions;
///
/// #[component]
/// fn Sessions() -> impl IntoView {
///     let sessions = use_sessions();
///     view! {
///         <Suspense fallback=|| "Loading sessions">
///             {move || Suspend::new(async move {
///                 match sessions.await {
///                     Ok(sessions) => format!("{} sessions", sessions.all.len()),
///                     Err(error) => error.to_string(),
///                 }
///             })}
///         </Suspense>
///     }
/// }
/// ```
impl<Answer: Clone + Send + Sync + 'static> IntoFuture for Query<Answer> {
    type Output = Result<Answer, Error>;
    type IntoFuture = BoxFuture<'static, Self::Output>;

    fn into_future(self) -> Self::IntoFuture {
        Box::pin(FirstAnswer {
            query: self,
            waiter: Arc::default(),
        })
    }
}

impl<Answer: Clone + Send + Sync + 'static> Query<Answer> {
    /// Returns the data, or else the error of the fetch. The signals read here are tracked.
    fn answer(self) -> Option<Result<Answer, Error>> {
        match self.data.try_get()? {
            Some(data) => Some(Ok(data)),
            None => self.error.try_get()?.map(Err),
        }
    }
}

/// A future of a query's answer, which wakes when the signals of the query change.
struct FirstAnswer<Answer: Send + Sync + 'static> {
    query: Query<Answer>,
    waiter: Arc<Waiter>,
}

impl<Answer: Clone + Send + Sync + 'static> Future for FirstAnswer<Answer> {
    type Output = Result<Answer, Error>;

    fn poll(self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<Self::Output> {
        self.waiter.waker.register(context.waker());
        let waiter = self.waiter.subscriber();
        waiter.clear_sources(&waiter);
        let Some(answer) = waiter.with_observer(|| self.query.answer()) else {
            // Rendering on a server must not wait for data that only the browser fetches.
            if let Some(mut server) = use_context::<LocalResourceNotifier>() {
                server.notify();
            }
            return Poll::Pending;
        };
        if Observer::get().is_some() {
            let _tracked = self.query.answer();
        }
        Poll::Ready(answer)
    }
}

impl<Answer: Send + Sync + 'static> Drop for FirstAnswer<Answer> {
    fn drop(&mut self) {
        self.waiter.clear_sources(&self.waiter.subscriber());
    }
}

/// A node of the reactive graph that wakes a task when one of its sources changes.
#[derive(Default)]
struct Waiter {
    waker: AtomicWaker,
    sources: Mutex<Vec<AnySource>>,
}

impl Waiter {
    fn subscriber(self: &Arc<Self>) -> AnySubscriber {
        let waiter = Arc::downgrade(self);
        AnySubscriber(Arc::as_ptr(self) as usize, waiter)
    }

    fn sources(&self) -> MutexGuard<'_, Vec<AnySource>> {
        self.sources.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl ReactiveNode for Waiter {
    fn mark_dirty(&self) {
        self.waker.wake();
    }

    fn mark_check(&self) {
        self.waker.wake();
    }

    fn mark_subscribers_check(&self) {}

    fn update_if_necessary(&self) -> bool {
        false
    }
}

impl Subscriber for Waiter {
    fn add_source(&self, source: AnySource) {
        self.sources().push(source);
    }

    fn clear_sources(&self, subscriber: &AnySubscriber) {
        let sources = mem::take(&mut *self.sources());
        for source in sources {
            source.remove_subscriber(subscriber);
        }
    }
}

#[cfg(test)]
mod tests;
