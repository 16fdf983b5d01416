use super::*;
use crate::hooks::testing::{Answers, rejected, settle, with_owner};

/// Creates a query whose effect runs in every build. Without the `csr` feature, effects do not run by default.
fn query<Key>(key: RwSignal<Option<Key>>, answers: &Answers<&'static str>) -> Query<&'static str>
where
    Key: Clone + PartialEq + Send + Sync + 'static,
{
    let (query, follow) = Query::prepare(move || key.get(), answers.ask());
    Effect::new_isomorphic(follow);
    query
}

fn seen(query: Query<&'static str>) -> (Status, Option<&'static str>, bool, bool) {
    (
        query.status.get_untracked(),
        query.data.get_untracked(),
        query.is_loading.get_untracked(),
        query.is_fetching.get_untracked(),
    )
}

const IDLE: (Status, Option<&str>, bool, bool) = (Status::Idle, None, false, false);
const LOADING: (Status, Option<&str>, bool, bool) = (Status::Pending, None, true, true);

#[test]
fn nothing_is_fetched_without_a_key() {
    with_owner(|_| {
        let mut answers = Answers::new(1);
        let key = RwSignal::new(None);
        let query = query(key, &answers);
        settle();
        assert_eq!((seen(query), answers.asked()), (IDLE, 0));

        query.refetch.run(());
        settle();
        assert_eq!((seen(query), answers.asked()), (IDLE, 0));

        key.set(Some(1));
        settle();
        assert_eq!((seen(query), answers.asked()), (LOADING, 1));

        answers.give(0, Ok("one"));
        assert_eq!(seen(query), (Status::Success, Some("one"), false, false));
        assert!(query.is_success.get_untracked());
    });
}

#[test]
fn another_key_gives_up_the_running_fetch_and_begins_the_next() {
    with_owner(|_| {
        let mut answers = Answers::new(2);
        let key = RwSignal::new(Some(1));
        let query = query(key, &answers);
        settle();

        key.set(Some(2));
        settle();
        assert_eq!((seen(query), answers.asked()), (LOADING, 2));

        assert!(!answers.give(0, Ok("one")), "the first fetch was dropped");
        assert_eq!(seen(query), LOADING);
        answers.give(1, Ok("two"));
        assert_eq!(seen(query), (Status::Success, Some("two"), false, false));
    });
}

#[test]
fn what_is_known_of_another_key_is_never_shown() {
    with_owner(|_| {
        let mut answers = Answers::new(2);
        let key = RwSignal::new(Some(1));
        let query = query(key, &answers);
        settle();
        answers.give(0, Ok("one"));

        key.set(Some(2));
        assert_eq!(seen(query), IDLE, "also before the effect has run");
        settle();
        assert_eq!(seen(query), LOADING);

        key.set(None);
        settle();
        assert_eq!(seen(query), IDLE);
        assert!(!answers.give(1, Ok("two")), "nobody waits without a key");
    });
}

#[test]
fn the_same_key_again_changes_nothing() {
    with_owner(|_| {
        let mut answers = Answers::new(2);
        let key = RwSignal::new(Some(1));
        let query = query(key, &answers);
        settle();

        key.set(Some(1));
        settle();

        assert_eq!(answers.asked(), 1);
        assert!(answers.give(0, Ok("one")));
        assert_eq!(seen(query), (Status::Success, Some("one"), false, false));
    });
}

#[test]
fn refetch_keeps_the_answer_in_sight() {
    with_owner(|_| {
        let mut answers = Answers::new(3);
        let query = query(RwSignal::new(Some(1)), &answers);
        settle();
        answers.give(0, Ok("old"));

        query.refetch.run(());
        settle();
        assert_eq!(seen(query), (Status::Success, Some("old"), false, true));
        answers.give(1, Ok("new"));
        assert_eq!(seen(query), (Status::Success, Some("new"), false, false));

        query.refetch.run(());
        settle();
        answers.give(2, Err(rejected()));
        assert_eq!(seen(query), (Status::Error, Some("new"), false, false));
        assert!(query.is_error.get_untracked());
    });
}

#[test]
fn refetch_takes_over_from_a_slower_fetch() {
    with_owner(|_| {
        let mut answers = Answers::new(2);
        let query = query(RwSignal::new(Some(1)), &answers);
        settle();

        query.refetch.run(());
        settle();
        answers.give(1, Ok("newer"));

        assert!(!answers.give(0, Ok("older")));
        assert_eq!(seen(query), (Status::Success, Some("newer"), false, false));
    });
}

#[test]
fn what_grows_old_is_fetched_again_once_the_running_fetch_has_ended() {
    with_owner(|_| {
        let mut answers = Answers::new(2);
        let query = query(RwSignal::new(Some(1)), &answers);
        settle();

        query.refetching().run_if_idle();
        settle();
        assert_eq!((seen(query), answers.asked()), (LOADING, 1));

        assert!(answers.give(0, Err(rejected())), "it was not given up");
        assert_eq!(seen(query), (Status::Error, None, false, false));
        query.refetching().run_if_idle();
        settle();
        assert_eq!((seen(query), answers.asked()), (LOADING, 2));
    });
}

#[test]
fn what_changes_is_fetched_again_after_the_running_fetch() {
    with_owner(|_| {
        let mut answers = Answers::new(3);
        let has_changed = RwSignal::new(false);
        let query = query(RwSignal::new(Some(1)), &answers);
        Effect::new_isomorphic(move || query.refetching().run_after_change(has_changed));
        settle();

        for _ in 0..3 {
            has_changed.set(true);
            settle();
        }
        assert_eq!((seen(query), answers.asked()), (LOADING, 1));

        assert!(answers.give(0, Ok("before")), "it was not given up");
        assert_eq!(seen(query), (Status::Success, Some("before"), false, true));
        assert_eq!(answers.asked(), 2, "once for all changes");
        answers.give(1, Ok("after"));
        assert_eq!(seen(query), (Status::Success, Some("after"), false, false));

        has_changed.set(true);
        settle();
        assert_eq!(answers.asked(), 3, "at once where nothing is running");
    });
}

#[test]
fn what_changes_is_not_fetched_while_the_query_is_not_enabled() {
    with_owner(|_| {
        let answers = Answers::new(1);
        let has_changed = RwSignal::new(true);
        let query = query(RwSignal::new(Some(1)), &answers).enabled(false);
        Effect::new_isomorphic(move || query.refetching().run_after_change(has_changed));

        query.refetching().run_if_idle();
        settle();

        assert_eq!((seen(query), answers.asked()), (IDLE, 0));
    });
}

#[test]
fn a_failed_fetch_tells_why_until_the_next_one_begins() {
    with_owner(|_| {
        let mut answers = Answers::new(2);
        let query = query(RwSignal::new(Some(1)), &answers);
        settle();

        answers.give(0, Err(rejected()));
        assert_eq!(seen(query), (Status::Error, None, false, false));
        assert_eq!(query.error.get_untracked().unwrap().code(), "owner.rejected");

        query.refetch.run(());
        settle();
        assert_eq!(seen(query), LOADING);
        assert!(query.error.get_untracked().is_none());
    });
}

#[test]
fn nothing_is_fetched_while_it_is_not_enabled() {
    with_owner(|_| {
        let mut answers = Answers::new(3);
        let enabled = RwSignal::new(false);
        let query = query(RwSignal::new(Some(1)), &answers).enabled(enabled);
        settle();
        assert_eq!((seen(query), answers.asked()), (IDLE, 0));

        enabled.set(true);
        settle();
        assert_eq!((seen(query), answers.asked()), (LOADING, 1));

        enabled.set(false);
        settle();
        assert_eq!(seen(query), IDLE);
        assert!(!answers.give(0, Ok("late")), "it was given up");

        query.refetch.run(());
        settle();
        assert_eq!(answers.asked(), 2, "asking for it is enough");
        answers.give(1, Ok("asked for"));
        assert_eq!(seen(query), (Status::Success, Some("asked for"), false, false));
    });
}

#[test]
fn what_is_asked_for_before_the_query_begins_is_fetched() {
    with_owner(|_| {
        let answers = Answers::new(1);
        let query = query(RwSignal::new(Some(1)), &answers).enabled(false);

        query.refetch.run(());
        settle();

        assert_eq!((seen(query), answers.asked()), (LOADING, 1));
    });
}

#[test]
fn a_fetch_ends_with_its_owner() {
    with_owner(|owner| {
        let mut answers = Answers::new(1);
        let child = owner.child();
        let query = child.with(|| query(RwSignal::new(Some(1)), &answers));
        settle();
        assert_eq!(answers.asked(), 1);

        child.cleanup();
        settle();

        assert!(!answers.give(0, Ok("late")));
        assert_eq!(format!("{query:?}"), "Query { status: None, .. }");
    });
}

#[test]
fn by_itself_nothing_is_fetched_where_effects_do_not_run() {
    with_owner(|_| {
        let answers = Answers::<&str>::new(1);
        let query = Query::new(|| Some(1), answers.ask());
        settle();

        let effects_run = cfg!(any(feature = "csr", feature = "hydrate"));
        assert_eq!(answers.asked(), usize::from(effects_run));
        assert_eq!(seen(query), if effects_run { LOADING } else { IDLE });
    });
}
