use std::{
    future::Future,
    pin::Pin,
    sync::{Arc, Mutex, MutexGuard, PoisonError, Weak},
    task::{Context, Poll, Wake, Waker},
    time::Duration,
};

use super::Failure;
use crate::platform::{self, BoxFuture, Json};

/// The requests of waits that are on their way to a service. Components that wait for the same operation at the same time
/// make one request.
#[derive(Clone, Default)]
pub(super) struct InFlight(Arc<Mutex<Vec<Sent>>>);

struct Sent {
    method: &'static str,
    params: Vec<Json>,
    since: Duration,
    request: Weak<Request>,
}

impl InFlight {
    /// The methods that waits repeat until the answer is another one. An answer of any other method may have been true
    /// before an event that the next request follows.
    const METHODS: [&'static str; 3] = [
        "eth_getUserOperationReceipt",
        "eth_getUserOperationByHash",
        "eth_getTransactionReceipt",
    ];
    /// The time after which a request is made again: the first one may be lost.
    const YOUNG: Duration = Duration::from_secs(1);

    /// Returns true if the requests of a method are shared.
    pub(super) fn has(method: &str) -> bool {
        Self::METHODS.contains(&method)
    }

    /// Returns the answer to the same request that is on its way, or else makes it.
    pub(super) fn ask(
        &self,
        method: &'static str,
        params: Vec<Json>,
        send: impl FnOnce(Vec<Json>) -> BoxFuture<'static, Answer>,
    ) -> Shared {
        let now = platform::monotonic();
        let mut sent = lock(&self.0);
        sent.retain(|other| now.saturating_sub(other.since) < Self::YOUNG);
        let same = sent
            .iter()
            .filter(|other| other.method == method && other.params == params);
        if let Some(request) = same.filter_map(|other| other.request.upgrade()).next() {
            return Shared(request);
        }
        let request = Arc::new(Request {
            state: Mutex::new(State::Sent(send(params.clone()))),
            waiting: Arc::default(),
        });
        sent.push(Sent {
            method,
            params,
            since: now,
            request: Arc::downgrade(&request),
        });
        Shared(request)
    }
}

type Answer = Result<Json, Failure>;

/// A request that several futures wait for. Dropping all of them aborts it.
// `futures::future::Shared` costs a page 400 bytes more.
struct Request {
    state: Mutex<State>,
    waiting: Arc<Waiting>,
}

enum State {
    Sent(BoxFuture<'static, Answer>),
    Answered(Answer),
}

/// The tasks that wait. Each of them may end before the others, so all are woken.
#[derive(Default)]
struct Waiting(Mutex<Vec<Waker>>);

impl Wake for Waiting {
    fn wake(self: Arc<Self>) {
        let tasks = std::mem::take(&mut *lock(&self.0));
        tasks.into_iter().for_each(Waker::wake);
    }
}

/// The answer to a request that others may wait for too.
pub(super) struct Shared(Arc<Request>);

impl Future for Shared {
    type Output = Answer;

    fn poll(self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<Answer> {
        let Request { state, waiting } = &*self.0;
        lock(&waiting.0).push(context.waker().clone());
        let mut state = lock(state);
        if let State::Sent(request) = &mut *state {
            let all = Waker::from(Arc::clone(waiting));
            match request.as_mut().poll(&mut Context::from_waker(&all)) {
                Poll::Ready(answer) => *state = State::Answered(answer),
                Poll::Pending => return Poll::Pending,
            }
            all.wake();
        }
        match &*state {
            State::Answered(answer) => Poll::Ready(answer.clone()),
            State::Sent(_) => Poll::Pending,
        }
    }
}

fn lock<T>(of: &Mutex<T>) -> MutexGuard<'_, T> {
    of.lock().unwrap_or_else(PoisonError::into_inner)
}

#[cfg(test)]
mod tests {
    use std::sync::atomic::{AtomicU32, Ordering};

    use futures::{channel::oneshot, future::join_all};

    use super::*;

    const METHOD: &str = InFlight::METHODS[0];

    /// Asks for an operation, and counts the requests that are made.
    fn ask(
        in_flight: &InFlight,
        hash: &str,
        count: &Arc<AtomicU32>,
        answer: oneshot::Receiver<Json>,
    ) -> Shared {
        let count = Arc::clone(count);
        in_flight.ask(METHOD, vec![hash.into()], move |_| {
            count.fetch_add(1, Ordering::Relaxed);
            Box::pin(async move { answer.await.map_err(|_| Failure::Missing) })
        })
    }

    #[tokio::test(start_paused = true)]
    async fn same_question_is_asked_once_while_it_is_young() {
        let (in_flight, count) = (InFlight::default(), Arc::new(AtomicU32::new(0)));
        let (answer, first) = oneshot::channel();
        let (_silent, second) = oneshot::channel();
        let (_other, third) = oneshot::channel();

        let one = ask(&in_flight, "0x1", &count, first);
        let same = ask(&in_flight, "0x1", &count, second);
        let other = ask(&in_flight, "0x2", &count, third);
        assert_eq!(count.load(Ordering::Relaxed), 2);

        let mut waiting = [one, same].map(Box::pin);
        for question in &mut waiting {
            assert_eq!(futures::poll!(question), Poll::Pending);
        }
        // The one who was woken last may stop waiting.
        let [one, same] = waiting;
        drop(same);
        let one = tokio::spawn(one);
        tokio::task::yield_now().await;
        answer.send("yes".into()).unwrap();
        assert_eq!(one.await.unwrap(), Ok("yes".into()));

        tokio::time::advance(InFlight::YOUNG).await;
        let (_late, late) = oneshot::channel();
        let again = ask(&in_flight, "0x2", &count, late);
        assert_eq!(count.load(Ordering::Relaxed), 3, "the first request may be lost");
        drop((other, again));
    }

    #[tokio::test(start_paused = true)]
    async fn all_who_wait_get_the_answer() {
        let (in_flight, count) = (InFlight::default(), Arc::new(AtomicU32::new(0)));
        let (answer, first) = oneshot::channel();
        let mut asked = vec![ask(&in_flight, "0x1", &count, first)];
        asked.extend((1..50).map(|_| ask(&in_flight, "0x1", &count, oneshot::channel().1)));

        let all = tokio::spawn(join_all(asked));
        tokio::task::yield_now().await;
        answer.send("yes".into()).unwrap();

        assert_eq!(all.await.unwrap(), vec![Ok("yes".into()); 50]);
        assert_eq!(count.load(Ordering::Relaxed), 1);
    }

    #[tokio::test(start_paused = true)]
    async fn answered_question_is_asked_again() {
        let (in_flight, count) = (InFlight::default(), Arc::new(AtomicU32::new(0)));
        for n in 1..=2 {
            let (answer, asked) = oneshot::channel();
            let question = ask(&in_flight, "0x1", &count, asked);
            answer.send(Json::default()).unwrap();
            assert_eq!(question.await, Ok(Json::default()));
            assert_eq!(count.load(Ordering::Relaxed), n);
        }
    }
}
