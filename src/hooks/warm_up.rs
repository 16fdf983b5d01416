use std::time::Duration;

use leptos::prelude::*;

use super::{Query, connection::Connection, derived::effect};
use crate::{Error, SessionKey};

/// The prefetched data of the next operation, kept fresh while the page is visible.
#[derive(Clone, Copy)]
pub(super) struct WarmUp;

impl WarmUp {
    /// Begins to prefetch. `unusable` is set to the error of the first fetch, until a fetch succeeds.
    pub(super) fn new(connection: Connection, unusable: RwSignal<Option<Error>>) -> Self {
        let warm = Query::new(
            move || connection.number(),
            move |_| async move { connection.client()?.warm().await },
        );
        warm.refetching().at_interval(Duration::from_secs(30));
        effect(move || {
            let was_usable = warm.data.get().is_some();
            unusable.set(warm.error.get().filter(|_| !was_usable));
        });
        Self
    }
}

/// Makes a key and discards it, once an account is connected. A browser compiles a function when the function first runs, and
/// those of the curve are large: otherwise the first grant would wait for them after the click.
pub(super) fn rehearse_key(connection: Connection) {
    effect(move || {
        if connection.number().is_some() {
            // A browser without random bytes is reported by the grant.
            let _ = SessionKey::random();
        }
    });
}
