use std::sync::{Arc, Mutex};

use leptos::reactive::spawn;

use super::*;
use crate::hooks::testing::{Answers, rejected, settle, with_owner};

fn log() -> (
    Arc<Mutex<Vec<String>>>,
    impl Fn(String) + Clone + Send + Sync + 'static,
) {
    let lines = Arc::new(Mutex::new(Vec::new()));
    let log = Arc::clone(&lines);
    (lines, move |line| log.lock().unwrap().push(line))
}

#[test]
fn a_call_goes_from_idle_over_pending_to_success() {
    with_owner(|_| {
        let mut answers = Answers::new(1);
        let double = Mutation::new(answers.ask());
        let seen = move || {
            (
                double.status.get_untracked(),
                double.data.get_untracked(),
                double.variables.get_untracked(),
                [
                    double.is_idle,
                    double.is_pending,
                    double.is_success,
                    double.is_error,
                ]
                .map(|signal| signal.get_untracked()),
            )
        };
        assert_eq!(seen(), (Status::Idle, None, None, [true, false, false, false]));

        double.mutate.run(21);
        assert_eq!(
            seen(),
            (Status::Pending, None, Some(21), [false, true, false, false])
        );

        answers.give(0, Ok(42));
        assert_eq!(
            seen(),
            (Status::Success, Some(42), Some(21), [false, false, true, false])
        );
        assert!(double.error.get_untracked().is_none());
    });
}

#[test]
fn a_failed_call_tells_why_and_the_next_one_forgets_it() {
    with_owner(|_| {
        let mut answers = Answers::<u32>::new(2);
        let act = Mutation::new(answers.ask());

        act.mutate.run(1);
        answers.give(0, Err(rejected()));
        assert_eq!(act.status.get_untracked(), Status::Error);
        assert_eq!(act.error.get_untracked().unwrap().code(), "owner.rejected");
        assert_eq!(act.variables.get_untracked(), Some(1));

        act.mutate.run(2);
        assert!(act.error.get_untracked().is_none());
        answers.give(1, Ok(7));
        assert_eq!(act.data.get_untracked(), Some(7));
    });
}

#[test]
fn a_newer_call_takes_over_from_an_older_slower_one() {
    for older in [Ok("older"), Err(rejected())] {
        with_owner(|_| {
            let mut answers = Answers::new(2);
            let act = Mutation::new(answers.ask());
            act.mutate.run("first");
            act.mutate.run("second");
            settle();

            answers.give(1, Ok("newer"));
            answers.give(0, older);

            assert_eq!(act.data.get_untracked(), Some("newer"));
            assert_eq!(act.variables.get_untracked(), Some("second"));
            assert!(act.error.get_untracked().is_none());
        });
    }
}

#[test]
fn an_older_answer_that_comes_first_leaves_the_newer_call_pending() {
    with_owner(|_| {
        let mut answers = Answers::new(2);
        let act = Mutation::new(answers.ask());
        act.mutate.run(1);
        act.mutate.run(2);
        settle();

        answers.give(0, Ok("older"));

        assert_eq!(act.status.get_untracked(), Status::Pending);
        assert_eq!(act.data.get_untracked(), None);
    });
}

#[test]
fn reset_orphans_a_running_call() {
    with_owner(|_| {
        let mut answers = Answers::new(2);
        let act = Mutation::new(answers.ask());
        act.mutate.run(1);
        settle();

        act.reset.run(());
        assert_eq!(act.status.get_untracked(), Status::Idle);
        assert_eq!(act.variables.get_untracked(), None);

        answers.give(0, Ok("late"));
        assert_eq!(act.status.get_untracked(), Status::Idle);
        assert_eq!(act.data.get_untracked(), None);
    });
}

#[test]
fn listeners_run_in_order_after_the_signals_have_changed() {
    with_owner(|_| {
        let mut answers = Answers::new(2);
        let (lines, log) = log();
        let act = Mutation::new(answers.ask());
        let told = |what: &'static str| {
            let log = log.clone();
            move |request: &u32| log(format!("{what} {request} {:?}", act.status.get_untracked()))
        };
        let (settled, success, again, failed) = (
            told("settled"),
            told("success"),
            told("success again"),
            told("error"),
        );
        let act = act
            .on_settled(move |_, request| settled(request))
            .on_success(move |_, request| success(request))
            .on_success(move |_, request| again(request))
            .on_error(move |_, request| failed(request));

        act.mutate.run(1);
        answers.give(0, Ok(10));
        act.mutate.run(2);
        answers.give(1, Err(rejected()));

        assert_eq!(
            *lines.lock().unwrap(),
            [
                "success 1 Success",
                "success again 1 Success",
                "settled 1 Success",
                "error 2 Error",
                "settled 2 Error"
            ]
        );
    });
}

#[test]
fn listeners_hear_of_each_call_also_of_one_that_was_taken_over() {
    with_owner(|_| {
        let mut answers = Answers::new(2);
        let (lines, log) = log();
        let act = Mutation::new(answers.ask())
            .on_success(move |answer: &&str, request: &u32| log(format!("{request}: {answer}")));
        act.mutate.run(1);
        act.mutate.run(2);
        settle();

        answers.give(1, Ok("newer"));
        answers.give(0, Ok("older"));

        assert_eq!(*lines.lock().unwrap(), ["2: newer", "1: older"]);
    });
}

#[test]
fn a_listener_may_start_the_next_call() {
    with_owner(|_| {
        let mut answers = Answers::new(2);
        let act = Mutation::new(answers.ask());
        let act = act.on_success(move |answer, _| {
            if *answer == 1 {
                act.mutate.run("again");
            }
        });

        act.mutate.run("once");
        answers.give(0, Ok(1));
        answers.give(1, Ok(2));

        assert_eq!(act.data.get_untracked(), Some(2));
        assert_eq!(act.variables.get_untracked(), Some("again"));
    });
}

#[test]
fn mutate_async_gives_each_caller_its_own_answer() {
    with_owner(|_| {
        let mut answers = Answers::new(2);
        let (lines, log) = log();
        let act = Mutation::new(answers.ask());
        for request in ["first", "second"] {
            let (call, log) = (act.mutate_async(request), log.clone());
            spawn(async move { log(format!("{request}: {:?}", call.await.ok())) });
        }
        settle();

        answers.give(1, Ok(2));
        answers.give(0, Ok(1));

        assert_eq!(*lines.lock().unwrap(), ["second: Some(2)", "first: Some(1)"]);
        assert_eq!(act.data.get_untracked(), Some(2));
    });
}

#[test]
fn a_call_that_is_dropped_turns_back_to_idle() {
    with_owner(|_| {
        let answers = Answers::<u32>::new(3);
        let act = Mutation::new(answers.ask());

        let given_up = act.mutate_async(1);
        assert_eq!(act.status.get_untracked(), Status::Pending);
        drop(given_up);
        assert_eq!(act.status.get_untracked(), Status::Idle);

        let older = act.mutate_async(2);
        act.mutate.run(3);
        drop(older);
        assert_eq!(
            act.status.get_untracked(),
            Status::Pending,
            "it is the newer one's"
        );
    });
}

#[test]
fn an_answer_after_the_owner_is_gone_reaches_its_caller_and_nobody_else() {
    with_owner(|owner| {
        let mut answers = Answers::new(2);
        let (lines, log) = log();
        let act = Mutation::new(answers.ask()).on_settled({
            let log = log.clone();
            move |_, _| log("a listener heard".to_owned())
        });
        act.mutate.run(1);
        let call = act.mutate_async(2);
        spawn(async move { log(format!("{:?}", call.await.ok())) });
        settle();

        owner.cleanup();
        assert!(answers.give(0, Ok(10)), "the work goes on");
        assert!(answers.give(1, Ok(20)));

        assert_eq!(*lines.lock().unwrap(), ["Some(20)"]);
    });
}

#[test]
fn a_mutation_whose_owner_is_gone_answers_with_an_error() {
    with_owner(|owner| {
        let (lines, log) = log();
        let act = Mutation::new(Answers::<u32>::new(1).ask());
        owner.cleanup();

        spawn(async move { log(act.mutate_async(1).await.unwrap_err().code().to_owned()) });
        settle();

        assert_eq!(*lines.lock().unwrap(), ["component.disposed"]);
        assert_eq!(format!("{act:?}"), "Mutation { status: None, .. }");
    });
}

#[test]
fn what_was_missing_and_still_is_wakes_nobody() {
    with_owner(|_| {
        let mut answers = Answers::new(1);
        let (lines, log) = log();
        let act = Mutation::new(answers.ask());
        Effect::new_isomorphic(move |_| log(format!("{:?}", act.data.get())));
        settle();

        act.mutate.run(1);
        settle();
        answers.give(0, Ok("here"));

        assert_eq!(*lines.lock().unwrap(), ["None", "Some(\"here\")"]);
    });
}

#[test]
fn a_cancelled_call_ends_and_the_next_one_starts_at_once() {
    with_owner(|_| {
        let mut answers = Answers::new(3);
        let (lines, log) = log();
        let act = Mutation::new(answers.ask()).on_settled({
            let log = log.clone();
            move |result: &Result<u32, _>, request| {
                log(format!("{request}: {:?}", result.as_ref().map_err(Error::code)));
            }
        });
        // Without a call there is nothing to cancel.
        act.cancel.run(());
        assert_eq!(act.status.get_untracked(), Status::Idle);

        act.mutate.run(1);
        settle();
        act.cancel.run(());
        assert_eq!(act.status.get_untracked(), Status::Idle);
        act.mutate.run(2);
        settle();
        assert!(!answers.give(0, Ok(10)), "the first call does not go on");
        assert_eq!(act.status.get_untracked(), Status::Pending);
        answers.give(1, Ok(20));
        assert_eq!(act.data.get_untracked(), Some(20));

        // A call that has ended stays as it is.
        act.cancel.run(());
        assert_eq!(act.data.get_untracked(), Some(20));

        let call = act.mutate_async(3);
        spawn(async move { log(format!("caller: {:?}", call.await.map_err(|error| error.code()))) });
        settle();
        act.cancel.run(());
        settle();

        assert_eq!(
            *lines.lock().unwrap(),
            [
                "1: Err(\"owner.unanswered\")",
                "2: Ok(20)",
                "3: Err(\"owner.unanswered\")",
                "caller: Err(\"owner.unanswered\")",
            ]
        );
    });
}
