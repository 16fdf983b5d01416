use leptos::prelude::*;

use super::Status;

/// Whether a status is this one.
pub(super) fn is(status: Memo<Status>, this: Status) -> Signal<bool> {
    Signal::derive(move || status.get() == this)
}

/// A part of a state that may be missing. It tells nobody when it is missing as before.
pub(super) fn optional<T: Send + Sync + 'static>(
    part: impl Fn() -> Option<T> + Send + Sync + 'static,
) -> Signal<Option<T>> {
    Memo::new_with_compare(
        move |_| part(),
        |old, new| !matches!((old, new), (Some(None), Some(None))),
    )
    .into()
}
