use std::{
    cell::RefCell,
    collections::VecDeque,
    sync::{Arc, Mutex},
};

use any_spawner::{CustomExecutor, Executor, PinnedFuture, PinnedLocalFuture};
use futures::{
    channel::oneshot::{Receiver, Sender, channel},
    executor::{LocalPool, LocalSpawner},
    task::LocalSpawnExt,
};
use leptos::prelude::Owner;

use crate::{Error, platform::BoxFuture, signer::OwnerError};

/// Runs a test under a reactive owner, with an executor that runs its tasks on this thread when [`settle`] is called.
pub(super) fn with_owner(test: impl FnOnce(&Owner)) {
    // Another test of this program may have set the executor first.
    let _ = Executor::init_custom_executor(OnThisThread);
    let owner = Owner::new();
    owner.with(|| test(&owner));
}

/// Runs the spawned tasks until all of them are finished or stalled.
pub(super) fn settle() {
    Executor::poll_local();
}

struct OnThisThread;

thread_local! {
    static POOL: RefCell<LocalPool> = RefCell::new(LocalPool::new());
    static SPAWNER: LocalSpawner = POOL.with_borrow(LocalPool::spawner);
}

impl CustomExecutor for OnThisThread {
    fn spawn(&self, future: PinnedFuture<()>) {
        self.spawn_local(future);
    }

    fn spawn_local(&self, future: PinnedLocalFuture<()>) {
        SPAWNER
            .with(|spawner| spawner.spawn_local(future))
            .expect("the pool lives as long as the thread");
    }

    fn poll_local(&self) {
        POOL.with_borrow_mut(LocalPool::run_until_stalled);
    }
}

/// The receiver of the answer to a request.
type Taker<T> = Receiver<Result<T, Error>>;

/// Answers that a test gives at a time of its choice. Each request takes the next answer.
pub(super) struct Answers<T> {
    givers: Vec<Option<Sender<Result<T, Error>>>>,
    takers: Arc<Mutex<VecDeque<Taker<T>>>>,
}

impl<T: Send + 'static> Answers<T> {
    pub(super) fn new(count: usize) -> Self {
        let (givers, takers): (Vec<_>, VecDeque<_>) = (0..count)
            .map(|_| channel())
            .map(|(giver, taker)| (Some(giver), taker))
            .unzip();
        Self {
            givers,
            takers: Arc::new(Mutex::new(takers)),
        }
    }

    /// Answers the request with the given number, and [settles](settle). Returns true if the request was still waiting.
    pub(super) fn give(&mut self, number: usize, answer: Result<T, Error>) -> bool {
        let giver = self.givers[number]
            .take()
            .expect("each question is answered once");
        let is_heard = giver.send(answer).is_ok();
        settle();
        is_heard
    }

    /// Returns the number of requests so far.
    pub(super) fn asked(&self) -> usize {
        self.givers.len()
            - self
                .takers
                .lock()
                .expect("no test panics while it holds this")
                .len()
    }

    /// Returns a function that makes the next request.
    pub(super) fn ask<R>(
        &self,
    ) -> impl Fn(R) -> BoxFuture<'static, Result<T, Error>> + Send + Sync + 'static {
        let takers = Arc::clone(&self.takers);
        move |_| {
            let taker = takers
                .lock()
                .expect("no test panics while it holds this")
                .pop_front();
            let taker = taker.expect("the test has prepared enough answers");
            Box::pin(async move { taker.await.expect("a test that ends gives no answers") })
        }
    }
}

/// Returns an error for tests of failures: a request that the user rejected.
pub(super) fn rejected() -> Error {
    OwnerError::Rejected.into()
}
