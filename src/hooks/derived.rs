use std::sync::Arc;

use leptos::prelude::*;

use super::Status;

/// Whether a status is this one.
pub(super) fn is(status: Memo<Status>, this: Status) -> Signal<bool> {
    Signal::derive(move || status.get() == this)
}

/// A part of a state that may be missing. It tells nobody when it is missing as before.
///
/// What is remembered is a flag and not the part, for a memo of every type would be a copy of the code for each.
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

/// Does something in the browser, and again when what it has read changes.
///
/// A boxed function keeps all effects to one copy of their code, as it does for [`memo`].
pub(super) fn effect(act: impl FnMut() + Send + Sync + 'static) {
    let act: Box<dyn FnMut() + Send + Sync> = Box::new(act);
    Effect::new(act);
}

/// What a function says, told on only when it says something else than before.
///
/// A boxed function keeps memos of one type to one copy of their code.
pub(super) fn memo<T: PartialEq + Send + Sync + 'static>(say: Box<dyn Fn() -> T + Send + Sync>) -> Memo<T> {
    Memo::new(move |_| say())
}
