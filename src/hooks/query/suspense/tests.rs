use std::{cell::RefCell, rc::Rc};

use any_spawner::Executor;
use futures::{FutureExt, channel::oneshot};

use super::*;
use crate::hooks::testing::{Answers, rejected, settle, with_owner};

type Outcome = Result<&'static str, Error>;

fn query(key: RwSignal<Option<u8>>, answers: &Answers<&'static str>) -> Query<&'static str> {
    let (query, follow) = Query::prepare(move || key.get(), answers.ask());
    Effect::new_isomorphic(follow);
    settle();
    query
}

/// Awaits a query in a task, and returns the place of the outcome.
fn awaited(query: Query<&'static str>) -> Rc<RefCell<Option<Outcome>>> {
    let outcome = Rc::<RefCell<_>>::default();
    let place = Rc::clone(&outcome);
    Executor::spawn_local(async move { *place.borrow_mut() = Some(query.await) });
    settle();
    outcome
}

#[test]
fn query_is_pending_until_the_first_answer() {
    with_owner(|_| {
        let mut answers = Answers::new(1);
        let key = RwSignal::new(None);
        let query = query(key, &answers);

        let outcome = awaited(query);
        assert_eq!(*outcome.borrow(), None, "without a key");
        key.set(Some(1));
        settle();
        assert_eq!(*outcome.borrow(), None, "while the fetch runs");
        answers.give(0, Ok("one"));

        assert_eq!(*outcome.borrow(), Some(Ok("one")));
        assert_eq!(query.into_future().now_or_never(), Some(Ok("one")));
    });
}

#[test]
fn another_key_is_pending_anew() {
    with_owner(|_| {
        let mut answers = Answers::new(2);
        let key = RwSignal::new(Some(1));
        let query = query(key, &answers);
        answers.give(0, Ok("one"));

        key.set(Some(2));
        let outcome = awaited(query);
        assert_eq!(*outcome.borrow(), None);
        answers.give(1, Ok("two"));

        assert_eq!(*outcome.borrow(), Some(Ok("two")));
    });
}

#[test]
fn failure_is_the_outcome_only_without_data() {
    with_owner(|_| {
        let mut answers = Answers::new(4);
        let query = query(RwSignal::new(Some(1)), &answers);
        let table = [
            (Err(rejected()), Err(rejected())),
            (Ok("old"), Ok("old")),
            (Err(rejected()), Ok("old")),
            (Ok("new"), Ok("new")),
        ];

        for (number, (answer, outcome)) in table.into_iter().enumerate() {
            let is_first = answers.asked() == number + 1;
            if !is_first {
                query.refetch.run(());
                settle();
            }
            answers.give(number, answer);

            assert_eq!(query.into_future().now_or_never(), Some(outcome), "{number}");
        }
    });
}

#[test]
fn refetch_after_a_failure_without_data_is_pending() {
    with_owner(|_| {
        let mut answers = Answers::new(2);
        let query = query(RwSignal::new(Some(1)), &answers);
        answers.give(0, Err(rejected()));

        query.refetch.run(());
        settle();
        let outcome = awaited(query);
        assert_eq!(*outcome.borrow(), None);
        answers.give(1, Ok("one"));

        assert_eq!(*outcome.borrow(), Some(Ok("one")));
    });
}

#[test]
fn awaited_data_is_tracked() {
    with_owner(|_| {
        let mut answers = Answers::new(2);
        let query = query(RwSignal::new(Some(1)), &answers);
        let derived = AsyncDerived::new(move || async move { query.await.ok() });
        settle();

        answers.give(0, Ok("old"));
        assert_eq!(derived.get_untracked(), Some(Some("old")));
        query.refetch.run(());
        settle();
        assert_eq!(derived.get_untracked(), Some(Some("old")));
        answers.give(1, Ok("new"));

        assert_eq!(derived.get_untracked(), Some(Some("new")));
    });
}

#[test]
fn server_is_notified_that_the_query_stays_pending() {
    with_owner(|owner| {
        let (notifier, mut notified) = oneshot::channel();
        let query = query(RwSignal::new(None), &Answers::new(0));
        let mut future = query.into_future();
        assert_eq!(notified.try_recv(), Ok(None));

        let outcome = owner.child().with(|| {
            provide_context(LocalResourceNotifier::from(notifier));
            (&mut future).now_or_never()
        });

        assert_eq!(outcome, None);
        assert_eq!(notified.try_recv(), Ok(Some(())));
    });
}

#[test]
fn query_of_a_component_that_is_gone_stays_pending() {
    with_owner(|owner| {
        let mut answers = Answers::new(1);
        let component = owner.child();
        let query = component.with(|| query(RwSignal::new(Some(1)), &answers));
        let outcome = awaited(query);

        component.cleanup();
        answers.give(0, Ok("late"));

        assert_eq!(*outcome.borrow(), None);
    });
}
