use std::time::Duration;

use futures::{
    FutureExt,
    future::{AbortHandle, Abortable},
};
use leptos::{prelude::*, reactive::spawn};

use super::{connection::Connection, derived::effect};
use crate::platform::{IS_BROWSER, sleep};

/// The part of a query that fetches again, without the type of the answer.
#[derive(Clone, Copy)]
pub(super) struct Refetch {
    pub(super) is_fetching: Signal<bool>,
    pub(super) enabled: RwSignal<Signal<bool>>,
    pub(super) refetch: Callback<()>,
}

impl Refetch {
    /// Fetches again at an interval while the page is visible, and when the page becomes visible.
    pub(super) fn at_interval(self, interval: Duration) {
        effect(move || {
            if !IS_BROWSER {
                return;
            }
            let again = move || {
                if !document().hidden() {
                    self.run_if_idle();
                }
            };
            let (end, ended) = AbortHandle::new_pair();
            on_cleanup(move || end.abort());
            // Not by Leptos' timers, which have other names in each of its lines.
            let ticks = async move {
                loop {
                    sleep(interval).await;
                    again();
                }
            };
            spawn(Abortable::new(ticks, ended).map(|_| ()));
            let listener = window_event_listener_untyped("visibilitychange", move |_| again());
            on_cleanup(move || listener.remove());
        });
    }

    /// Fetches again when the store changes, in this tab or another.
    pub(super) fn on_change(self, connection: Connection) {
        let has_changed = RwSignal::new(false);
        effect(move || {
            let subscription = connection.subscribe(move || {
                has_changed.try_set(true);
            });
            let subscription = StoredValue::new(subscription);
            on_cleanup(move || subscription.dispose());
        });
        effect(move || self.run_after_change(has_changed));
    }

    /// Fetches again, unless a fetch is running.
    pub(super) fn run_if_idle(self) {
        if self.is_fetching.try_get_untracked() == Some(false) {
            self.run_if_enabled();
        }
    }

    /// Fetches again after a change, once the running fetch has ended, because that fetch may have read the old state.
    pub(super) fn run_after_change(self, has_changed: RwSignal<bool>) {
        if has_changed.get() && !self.is_fetching.get() {
            has_changed.set(false);
            self.run_if_enabled();
        }
    }

    fn run_if_enabled(self) {
        let enabled = self.enabled.try_get_untracked();
        if enabled.and_then(|enabled| enabled.try_get_untracked()) == Some(true) {
            self.refetch.run(());
        }
    }
}
