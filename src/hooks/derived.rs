use std::sync::Arc;

use leptos::prelude::*;

use super::Status;

/// Returns a signal that is true while a status has the given value.
pub(super) fn is(status: Memo<Status>, this: Status) -> Signal<bool> {
    Signal::derive(move || status.get() == this)
}

/// Returns a signal of an optional part of a state, which notifies no subscriber while the part stays missing.
///
/// Only the presence of the part is memoized, because a memo of each type would be compiled once per type.
pub(super) fn optional<T: Send + Sync + 'static>(
    part: impl Fn() -> Option<T> + Send + Sync + 'static,
) -> Signal<Option<T>> {
    let part = Arc::new(part);
    let is_there = memo({
        let part = Arc::clone(&part);
        Box::new(move || part().is_some())
    });
    Signal::derive(move || is_there.get().then(|| part()).flatten())
}

/// Creates an effect, which runs in the browser alone, and again when a signal that it has read changes.
///
/// A boxed function lets all effects share one copy of the code, like [`memo`].
pub(super) fn effect(act: impl FnMut() + Send + Sync + 'static) {
    let act: Box<dyn FnMut() + Send + Sync> = Box::new(act);
    Effect::new(act);
}

/// Creates a memo of a function's result.
///
/// A boxed function lets all memos of one type share one copy of the code.
pub(super) fn memo<T: PartialEq + Send + Sync + 'static>(say: Box<dyn Fn() -> T + Send + Sync>) -> Memo<T> {
    Memo::new(move |_| say())
}
