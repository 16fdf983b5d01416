mod sending;

use std::{
    fmt,
    future::{Future, ready},
    sync::Arc,
};

use futures::{
    FutureExt,
    future::{AbortHandle, Abortable},
};
use leptos::{prelude::*, reactive::spawn};

use super::{
    Status,
    derived::{is, memo, optional},
    erased::Erased,
};
use crate::{Error, ErrorKind, OwnerError, UserOpStatus, platform::BoxFuture};

/// An asynchronous action that runs on demand and exposes the state of its latest call as signals.
///
/// A newer call replaces an older one: the result of the older call changes no signal. A call continues after its
/// component is disposed, because a half-sent operation cannot be taken back. The result of such a call reaches
/// neither signals nor listeners.
///
/// On the server no call is made: `status` is [`Status::Idle`], and the other signals are `None`.
///
/// # Examples
///
/// ```
/// use leptos::prelude::*;
/// use use_aa::{Mutation, Status};
///
/// # Owner::new().with(|| {
/// let double = Mutation::new(|n: u32| async move { Ok(2 * n) })
///     .on_success(|answer, request| println!("twice {request} is {answer}"));
/// let Mutation { mutate, data, status, is_pending, .. } = double;
///
/// let button = move || view! { <button on:click=move |_| mutate.run(21)>{move || data.get()}</button> };
/// # let _ = (button, is_pending);
/// assert_eq!(status.get_untracked(), Status::Idle);
/// # });
/// ```
#[non_exhaustive]
pub struct Mutation<Request, Answer>
where
    Request: Send + Sync + 'static,
    Answer: Send + Sync + 'static,
{
    /// Starts a call.
    pub mutate: Callback<Request>,
    /// The result of the latest call, if the call succeeded.
    pub data: Signal<Option<Answer>>,
    /// The error of the latest call, if the call failed.
    pub error: Signal<Option<Error>>,
    /// The request of the latest call.
    pub variables: Signal<Option<Request>>,
    /// The status of the latest call.
    pub status: Signal<Status>,
    /// True while there is no call: before the first one, and after a reset.
    pub is_idle: Signal<bool>,
    /// True while the latest call is running.
    pub is_pending: Signal<bool>,
    /// True when the latest call has succeeded.
    pub is_success: Signal<bool>,
    /// True when the latest call has failed.
    pub is_error: Signal<bool>,
    /// Resets the signals to idle. A running call continues, and its result changes no signal.
    pub reset: Callback<()>,
    /// Cancels the latest call, for example while the wallet does not answer, and resets the signals to idle. The next
    /// call may start at once.
    ///
    /// A hook that sends operations sends nothing for a cancelled call, even if the wallet signs later, and removes a
    /// proposed session from the store. Once the operation is submitted, the call is not cancelled and the signals stay.
    /// Other actions are dropped where they wait.
    ///
    /// Callers of [`mutate_async`](Self::mutate_async) and listeners receive
    /// [`OwnerError::Unanswered`](crate::OwnerError::Unanswered). Without a running call nothing happens.
    pub cancel: Callback<()>,
    /// The stage of the operation of the latest call, until the operation is sent.
    stage: Option<RwSignal<Option<UserOpStatus>>>,
    calls: Calls,
}

impl<Request, Answer> Mutation<Request, Answer>
where
    Request: Clone + Send + Sync + 'static,
    Answer: Clone + Send + Sync + 'static,
{
    /// Creates a mutation that runs `act` with the request of each call.
    pub fn new<Act, Doing>(act: Act) -> Self
    where
        Act: Fn(Request) -> Doing + Send + Sync + 'static,
        Doing: Future<Output = Result<Answer, Error>> + Send + 'static,
    {
        let calls = Calls::new(Arc::new(move |request: &Erased| {
            let doing = act(request.get::<Request>());
            Box::pin(async move { doing.await.map(Erased::new) })
        }));
        let latest = calls.latest;
        let status = memo(Box::new(move || latest.with(|latest| latest.state.status())));
        Self {
            mutate: Callback::new(move |request| calls.start(Erased::new::<Request>(request))),
            data: optional(move || latest.with(|latest| latest.state.answer().map(Erased::get))),
            error: optional(move || latest.with(|latest| latest.state.error().cloned())),
            variables: optional(move || latest.with(|latest| latest.state.request.as_ref().map(Erased::get))),
            status: status.into(),
            is_idle: is(status, Status::Idle),
            is_pending: is(status, Status::Pending),
            is_success: is(status, Status::Success),
            is_error: is(status, Status::Error),
            reset: Callback::new(move |()| {
                calls.next(None);
            }),
            cancel: Callback::new(move |()| calls.cancel(|| calls.abort())),
            stage: None,
            calls,
        }
    }

    /// Starts a call and returns its result, even if a newer call has replaced the call in the meantime.
    ///
    /// The signals are pending at once, and the call runs while the future is polled. Dropping the future cancels
    /// the call, and resets the signals to idle if the call is the latest one.
    ///
    /// # Errors
    ///
    /// Those of the action, and [`ErrorKind::Disposed`] when the component of the mutation is disposed.
    pub fn mutate_async(
        self,
        request: Request,
    ) -> impl Future<Output = Result<Answer, Error>> + Send + 'static {
        let call = self.calls.call(Erased::new(request));
        call.map(|result| result.map(|answer| answer.get()))
    }

    /// Adds a listener that runs with the result and the request of each successful call.
    ///
    /// Listeners run in the order of their registration, after the signals have changed, and before the listeners
    /// of [`on_settled`](Self::on_settled). Listeners also run for a call that a newer one has replaced. Once the
    /// component is disposed, listeners no longer run. The default is no listener.
    #[must_use]
    pub fn on_success(self, listener: impl Fn(&Answer, &Request) + Send + Sync + 'static) -> Self {
        self.on_outcome(move |result, request| {
            if let Ok(answer) = result {
                listener(answer.typed(), request.typed());
            }
        })
    }

    /// Adds a listener that runs with the error and the request of each failed call, in the same order as
    /// listeners of [`on_success`](Self::on_success). The default is no listener.
    #[must_use]
    pub fn on_error(self, listener: impl Fn(&Error, &Request) + Send + Sync + 'static) -> Self {
        self.on_outcome(move |result, request| {
            if let Err(error) = result {
                listener(error, request.typed());
            }
        })
    }

    /// Adds a listener that runs with the result and the request of each call that ends, after the listeners of
    /// [`on_success`](Self::on_success) and [`on_error`](Self::on_error). The default is no listener.
    #[must_use]
    pub fn on_settled(
        self,
        listener: impl Fn(&Result<Answer, Error>, &Request) + Send + Sync + 'static,
    ) -> Self {
        let listener = move |result: &Result<Erased, Error>, request: &Erased| {
            let result = result.clone().map(|answer| answer.get());
            listener(&result, request.typed());
        };
        let listeners = self.calls.listeners;
        listeners.try_update_value(|listeners| listeners.settled.push(Arc::new(listener)));
        self
    }

    fn on_outcome(self, listener: impl Fn(&Result<Erased, Error>, &Erased) + Send + Sync + 'static) -> Self {
        let listeners = self.calls.listeners;
        listeners.try_update_value(|listeners| listeners.outcome.push(Arc::new(listener)));
        self
    }
}

impl<Request, Answer> Clone for Mutation<Request, Answer>
where
    Request: Send + Sync + 'static,
    Answer: Send + Sync + 'static,
{
    fn clone(&self) -> Self {
        *self
    }
}

impl<Request, Answer> Copy for Mutation<Request, Answer>
where
    Request: Send + Sync + 'static,
    Answer: Send + Sync + 'static,
{
}

impl<Request, Answer> fmt::Debug for Mutation<Request, Answer>
where
    Request: Send + Sync + 'static,
    Answer: Send + Sync + 'static,
{
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let status = self.status.try_get_untracked();
        f.debug_struct("Mutation")
            .field("status", &status)
            .finish_non_exhaustive()
    }
}

type Act = Arc<dyn Fn(&Erased) -> BoxFuture<'static, Result<Erased, Error>> + Send + Sync>;
type Listener = Arc<dyn Fn(&Result<Erased, Error>, &Erased) + Send + Sync>;

#[derive(Default)]
struct Listeners {
    outcome: Vec<Listener>,
    settled: Vec<Listener>,
}

struct Latest {
    generation: u64,
    state: State,
}

/// The latest call. There is none before the first one, and after a reset.
#[derive(Default)]
struct State {
    request: Option<Erased>,
    /// The result, once the call has ended.
    result: Option<Result<Erased, Error>>,
}

impl State {
    const fn status(&self) -> Status {
        match (&self.request, &self.result) {
            (None, _) => Status::Idle,
            (Some(_), None) => Status::Pending,
            (Some(_), Some(Ok(_))) => Status::Success,
            (Some(_), Some(Err(_))) => Status::Error,
        }
    }

    fn answer(&self) -> Option<&Erased> {
        self.result.as_ref()?.as_ref().ok()
    }

    fn error(&self) -> Option<&Error> {
        self.result.as_ref()?.as_ref().err()
    }
}

/// The action, the state of its latest call, and the listeners.
#[derive(Clone, Copy)]
struct Calls {
    act: StoredValue<Act>,
    latest: RwSignal<Latest>,
    /// The handle that drops the latest call.
    abort: StoredValue<Option<AbortHandle>>,
    listeners: StoredValue<Listeners>,
}

impl Calls {
    fn new(act: Act) -> Self {
        Self {
            act: StoredValue::new(act),
            latest: RwSignal::new(Latest {
                generation: 0,
                state: State::default(),
            }),
            abort: StoredValue::new(None),
            listeners: StoredValue::new(Listeners::default()),
        }
    }

    fn start(self, request: Erased) {
        spawn(self.call(request).map(drop));
    }

    fn call(self, request: Erased) -> BoxFuture<'static, Result<Erased, Error>> {
        let (Some(act), Some(generation)) = (self.act.try_get_value(), self.next(Some(request.clone())))
        else {
            return Box::pin(ready(Err(Error::from(ErrorKind::Disposed))));
        };
        let running = Running {
            calls: self,
            generation,
        };
        let (abort, aborted) = AbortHandle::new_pair();
        self.abort.try_set_value(Some(abort));
        let doing = Abortable::new(act(&request), aborted);
        Box::pin(async move {
            let result = doing.await.unwrap_or(Err(OwnerError::Unanswered.into()));
            running.settle(&result, &request);
            result
        })
    }

    /// Begins the next generation, with a call or without one, unless the reactive owner is disposed.
    fn next(self, request: Option<Erased>) -> Option<u64> {
        self.latest.try_update(|latest| {
            latest.generation += 1;
            latest.state = State {
                request,
                result: None,
            };
            latest.generation
        })
    }

    /// Resets the signals to idle if there is a running call and `stop` stops it.
    fn cancel(self, stop: impl FnOnce() -> bool) {
        let status = self.latest.try_with_untracked(|latest| latest.state.status());
        if status == Some(Status::Pending) && stop() {
            self.next(None);
        }
    }

    /// Drops the latest call.
    fn abort(self) -> bool {
        let abort = self.abort.try_get_value().flatten();
        abort.is_some_and(|abort| {
            abort.abort();
            true
        })
    }

    fn tell(self, result: &Result<Erased, Error>, request: &Erased) {
        let listeners = self.listeners.try_with_value(|listeners| {
            let Listeners { outcome, settled } = listeners;
            outcome.iter().chain(settled).cloned().collect::<Vec<_>>()
        });
        for listener in listeners.unwrap_or_default() {
            listener(result, request);
        }
    }
}

/// A running call. Dropping the value before the call ends resets the signals to idle.
struct Running {
    calls: Calls,
    generation: u64,
}

impl Running {
    fn settle(self, result: &Result<Erased, Error>, request: &Erased) {
        self.end(Some(result.clone()));
        self.calls.tell(result, request);
    }

    /// Ends the call with its result, or resets the signals to idle without one.
    fn end(&self, result: Option<Result<Erased, Error>>) {
        self.calls.latest.try_maybe_update(|latest| {
            // Otherwise a newer call owns the state, or this call has ended.
            let owns = latest.generation == self.generation && latest.state.status() == Status::Pending;
            if owns {
                match result {
                    Some(_) => latest.state.result = result,
                    None => latest.state = State::default(),
                }
            }
            (owns, ())
        });
    }
}

impl Drop for Running {
    fn drop(&mut self) {
        self.end(None);
    }
}

#[cfg(test)]
mod tests;
