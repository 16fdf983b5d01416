use std::time::Duration;

use futures::future::{AbortHandle, Abortable};
use leptos::{prelude::*, reactive::spawn};

use super::{Query, connection::Connection, derived::effect, use_smart_account};
use crate::{Error, ErrorKind, PendingUserOp, UserOpHash, WaitOptions, platform};

/// Returns the account's pending operations, oldest first, kept up to date. The list includes operations of another
/// tab, and those that were sent before a reload or a crash of the page.
///
/// The hook waits for each operation. An operation leaves the list once its end is known.
///
/// On the server no request is made: the signals are idle and `None`.
///
/// # Panics
///
/// Without a [`SmartAccountProvider`](super::SmartAccountProvider) above.
///
/// # Examples
///
/// ```
/// use leptos::prelude::*;
/// use use_aa::{PendingUserOp, Query, use_pending_user_ops};
///
/// #[component]
/// fn UnderWay() -> impl IntoView {
///     let Query { data: pending, .. } = use_pending_user_ops();
///     let line = |op: PendingUserOp| view! { <li>{op.hash.to_string()}</li> };
///     view! { <ul>{move || pending.get().unwrap_or_default().into_iter().map(line).collect_view()}</ul> }
/// }
/// ```
#[must_use]
#[track_caller]
pub fn use_pending_user_ops() -> Query<Vec<PendingUserOp>> {
    /// The refetch interval: 5 s. Stores without change notifications need it.
    const AGAIN: Duration = Duration::from_secs(5);

    let account = use_smart_account();
    let connection = account.connection;
    let pending = Query::new(
        move || account.on_chain(),
        move |_| async move { connection.client()?.pending_user_ops().await },
    );
    pending.refetching().on_change(connection);
    pending.refetching().at_interval(AGAIN);
    let followed = StoredValue::new(Vec::new());
    on_cleanup(move || {
        let followed: Option<Vec<(UserOpHash, AbortHandle)>> = followed.try_get_value();
        followed.into_iter().flatten().for_each(|(_, end)| end.abort());
    });
    effect(move || {
        for op in pending.data.get().into_iter().flatten() {
            follow(connection, followed, op.hash);
        }
    });
    pending
}

/// Waits for an operation in the background until its end is known, unless such a wait is running already.
fn follow(connection: Connection, followed: StoredValue<Vec<(UserOpHash, AbortHandle)>>, hash: UserOpHash) {
    let (end, ended) = AbortHandle::new_pair();
    let is_new = followed.try_update_value(|followed| {
        let is_new = followed.iter().all(|(other, _)| *other != hash);
        if is_new {
            followed.push((hash, end));
        }
        is_new
    });
    if is_new != Some(true) {
        return;
    }
    spawn(async move {
        if Abortable::new(until_end(connection, hash), ended).await.is_ok() {
            followed.try_update_value(|followed| followed.retain(|(other, _)| *other != hash));
        }
    });
}

/// Waits for an operation until its end is known, without a time limit. While another wait for the operation runs
/// through the same client, no second one is started.
async fn until_end(connection: Connection, hash: UserOpHash) {
    const PAUSE: Duration = Duration::from_secs(1);
    /// The pause after a failed wait. A lost operation may still be included, but each wait searches the chain.
    const PAUSE_AFTER_LOSS: Duration = Duration::from_secs(60);

    loop {
        platform::sleep(PAUSE).await;
        let Ok(client) = connection.client() else { return };
        if client.is_waited_for(hash) {
            continue;
        }
        let pending = client.pending_user_ops().await;
        if pending.is_ok_and(|pending| pending.iter().all(|op| op.hash != hash)) {
            return;
        }
        let ended = client.wait(hash, WaitOptions::default()).await;
        match ended.as_ref().map_err(Error::kind) {
            Ok(_) | Err(ErrorKind::Replaced { .. }) => return,
            Err(ErrorKind::TimedOut { .. }) => {}
            Err(_) => platform::sleep(PAUSE_AFTER_LOSS).await,
        }
    }
}
