mod sending;

use std::{
    fmt,
    future::{Future, ready},
    sync::Arc,
};

use futures::FutureExt;
use leptos::{prelude::*, reactive::spawn};

use super::{
    Status,
    derived::{is, memo, optional},
};
use crate::{Error, UserOpStatus, platform::BoxFuture};

/// Something that is done when it is asked for, and the state of the latest call as signals.
///
/// A newer call takes over: whatever an older one answers later changes no signal. A call goes on when the
/// component that made it is gone, for an operation that is half sent cannot be taken back; nobody hears of it.
///
/// On the server nothing is asked: `status` is [`Status::Idle`] and the rest `None`.
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
    /// The latest call's answer.
    pub data: Signal<Option<Answer>>,
    /// Why the latest call failed.
    pub error: Signal<Option<Error>>,
    /// The latest call's request.
    pub variables: Signal<Option<Request>>,
    /// How far the latest call has come.
    pub status: Signal<Status>,
    /// Whether nothing was asked yet.
    pub is_idle: Signal<bool>,
    /// Whether a call is running.
    pub is_pending: Signal<bool>,
    /// Whether the latest call has succeeded.
    pub is_success: Signal<bool>,
    /// Whether the latest call has failed.
    pub is_error: Signal<bool>,
    /// Back to idle. What a running call answers will change no signal.
    pub reset: Callback<()>,
    /// How far the operation has come that the latest call sends, until it is sent.
    stage: Option<RwSignal<Option<UserOpStatus>>>,
    calls: Calls<Request, Answer>,
}

impl<Request, Answer> Mutation<Request, Answer>
where
    Request: Clone + Send + Sync + 'static,
    Answer: Clone + Send + Sync + 'static,
{
    /// A mutation that does `act`.
    pub fn new<Act, Doing>(act: Act) -> Self
    where
        Act: Fn(Request) -> Doing + Send + Sync + 'static,
        Doing: Future<Output = Result<Answer, Error>> + Send + 'static,
    {
        let calls = Calls {
            act: StoredValue::new(Arc::new(move |request| Box::pin(act(request)))),
            latest: RwSignal::new(Latest {
                generation: 0,
                state: State::Idle,
            }),
            listeners: StoredValue::new(Listeners::default()),
        };
        let latest = calls.latest;
        let status = memo(Box::new(move || latest.with(|latest| latest.state.status())));
        Self {
            mutate: Callback::new(move |request| spawn(calls.call(request).map(drop))),
            data: optional(move || latest.with(|latest| latest.state.answer().cloned())),
            error: optional(move || latest.with(|latest| latest.state.error().cloned())),
            variables: optional(move || latest.with(|latest| latest.state.request().cloned())),
            status: status.into(),
            is_idle: is(status, Status::Idle),
            is_pending: is(status, Status::Pending),
            is_success: is(status, Status::Success),
            is_error: is(status, Status::Error),
            reset: Callback::new(move |()| {
                calls.next(State::Idle);
            }),
            stage: None,
            calls,
        }
    }

    /// Starts a call and gives its answer, also when a newer call has taken over meanwhile.
    ///
    /// The signals say pending at once; the work is done while the future is polled. Dropping it gives the call
    /// up and turns the signals back to idle.
    ///
    /// # Errors
    ///
    /// Those of the act, and [`Error::Disposed`] when the component that owned the mutation is gone.
    pub fn mutate_async(
        self,
        request: Request,
    ) -> impl Future<Output = Result<Answer, Error>> + Send + 'static {
        self.calls.call(request)
    }

    /// Runs `listener` with the answer and the request of each call that succeeds. Several may listen; they run
    /// in the order of their registration, after the signals have changed, before those of
    /// [`on_settled`](Self::on_settled). They also hear of calls that a newer one has taken over from, and of
    /// none once the component is gone. Default: nobody listens.
    #[must_use]
    pub fn on_success(self, listener: impl Fn(&Answer, &Request) + Send + Sync + 'static) -> Self {
        self.on_outcome(move |result, request| {
            if let Ok(answer) = result {
                listener(answer, request);
            }
        })
    }

    /// Runs `listener` with the error and the request of each call that fails, as
    /// [`on_success`](Self::on_success) does. Default: nobody listens.
    #[must_use]
    pub fn on_error(self, listener: impl Fn(&Error, &Request) + Send + Sync + 'static) -> Self {
        self.on_outcome(move |result, request| {
            if let Err(error) = result {
                listener(error, request);
            }
        })
    }

    /// Runs `listener` with the result and the request of each call that ends, after those of
    /// [`on_success`](Self::on_success) and [`on_error`](Self::on_error). Default: nobody listens.
    #[must_use]
    pub fn on_settled(
        self,
        listener: impl Fn(&Result<Answer, Error>, &Request) + Send + Sync + 'static,
    ) -> Self {
        let listeners = self.calls.listeners;
        listeners.try_update_value(|listeners| listeners.settled.push(Arc::new(listener)));
        self
    }

    fn on_outcome(self, listener: impl Fn(&Result<Answer, Error>, &Request) + Send + Sync + 'static) -> Self {
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

type Act<Request, Answer> = Arc<dyn Fn(Request) -> BoxFuture<'static, Result<Answer, Error>> + Send + Sync>;
type Listener<Request, Answer> = Arc<dyn Fn(&Result<Answer, Error>, &Request) + Send + Sync>;

struct Listeners<Request, Answer> {
    outcome: Vec<Listener<Request, Answer>>,
    settled: Vec<Listener<Request, Answer>>,
}

impl<Request, Answer> Default for Listeners<Request, Answer> {
    fn default() -> Self {
        Self {
            outcome: Vec::new(),
            settled: Vec::new(),
        }
    }
}

struct Latest<Request, Answer> {
    generation: u64,
    state: State<Request, Answer>,
}

enum State<Request, Answer> {
    Idle,
    Pending(Request),
    Success(Request, Answer),
    Error(Request, Error),
}

impl<Request, Answer> State<Request, Answer> {
    const fn status(&self) -> Status {
        match self {
            Self::Idle => Status::Idle,
            Self::Pending(_) => Status::Pending,
            Self::Success(..) => Status::Success,
            Self::Error(..) => Status::Error,
        }
    }

    const fn request(&self) -> Option<&Request> {
        match self {
            Self::Idle => None,
            Self::Pending(request) | Self::Success(request, _) | Self::Error(request, _) => Some(request),
        }
    }

    const fn answer(&self) -> Option<&Answer> {
        if let Self::Success(_, answer) = self {
            Some(answer)
        } else {
            None
        }
    }

    const fn error(&self) -> Option<&Error> {
        if let Self::Error(_, error) = self {
            Some(error)
        } else {
            None
        }
    }
}

/// The act, the state of its latest call, and who listens.
struct Calls<Request: 'static, Answer: 'static> {
    act: StoredValue<Act<Request, Answer>>,
    latest: RwSignal<Latest<Request, Answer>>,
    listeners: StoredValue<Listeners<Request, Answer>>,
}

impl<Request, Answer> Calls<Request, Answer>
where
    Request: Clone + Send + Sync + 'static,
    Answer: Clone + Send + Sync + 'static,
{
    fn call(self, request: Request) -> BoxFuture<'static, Result<Answer, Error>> {
        let (Some(act), Some(generation)) = (
            self.act.try_get_value(),
            self.next(State::Pending(request.clone())),
        ) else {
            return Box::pin(ready(Err(Error::Disposed)));
        };
        let running = Running {
            calls: self,
            generation,
        };
        let doing = act(request.clone());
        Box::pin(async move {
            let result = doing.await;
            running.settle(&result, &request);
            result
        })
    }

    /// Begins another generation, unless the owner is gone.
    fn next(self, state: State<Request, Answer>) -> Option<u64> {
        self.latest.try_update(|latest| {
            latest.generation += 1;
            latest.state = state;
            latest.generation
        })
    }

    fn tell(self, result: &Result<Answer, Error>, request: &Request) {
        let listeners = self.listeners.try_with_value(|listeners| {
            let Listeners { outcome, settled } = listeners;
            outcome.iter().chain(settled).cloned().collect::<Vec<_>>()
        });
        for listener in listeners.unwrap_or_default() {
            listener(result, request);
        }
    }
}

impl<Request, Answer> Clone for Calls<Request, Answer> {
    fn clone(&self) -> Self {
        *self
    }
}

impl<Request, Answer> Copy for Calls<Request, Answer> {}

/// A call that has not ended. Dropped early, it leaves the signals idle.
struct Running<Request, Answer>
where
    Request: Send + Sync + 'static,
    Answer: Send + Sync + 'static,
{
    calls: Calls<Request, Answer>,
    generation: u64,
}

impl<Request, Answer> Running<Request, Answer>
where
    Request: Clone + Send + Sync + 'static,
    Answer: Clone + Send + Sync + 'static,
{
    fn settle(self, result: &Result<Answer, Error>, request: &Request) {
        self.end(match result.clone() {
            Ok(answer) => State::Success(request.clone(), answer),
            Err(error) => State::Error(request.clone(), error),
        });
        self.calls.tell(result, request);
    }
}

impl<Request, Answer> Running<Request, Answer>
where
    Request: Send + Sync + 'static,
    Answer: Send + Sync + 'static,
{
    fn end(&self, state: State<Request, Answer>) {
        self.calls.latest.try_maybe_update(|latest| {
            // Otherwise a newer call owns the state, or this one has ended.
            let owns = latest.generation == self.generation && matches!(latest.state, State::Pending(_));
            if owns {
                latest.state = state;
            }
            (owns, ())
        });
    }
}

impl<Request, Answer> Drop for Running<Request, Answer>
where
    Request: Send + Sync + 'static,
    Answer: Send + Sync + 'static,
{
    fn drop(&mut self) {
        self.end(State::Idle);
    }
}

#[cfg(test)]
mod tests;
