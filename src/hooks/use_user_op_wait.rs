use super::{Awaited, Query, use_smart_account};
use crate::{UserOpHash, UserOpReceipt, Wait};

/// The receipt of an operation, once it is included. It needs no wallet and no account, and ends with its component.
///
/// It waits as long as [`Wait`] does by default; after that, `refetch` waits again.
///
/// On the server nothing is waited for: the signals are idle and `None`.
///
/// # Panics
///
/// Without a [`SmartAccountProvider`](super::SmartAccountProvider) above.
///
/// # Examples
///
/// ```
/// use leptos::prelude::*;
/// use use_aa::{Mutation, Query, use_create_session, use_user_op_wait};
///
/// #[component]
/// fn Created() -> impl IntoView {
///     let Mutation { data: sent, .. } = use_create_session();
///     let Query { data: receipt, .. } = use_user_op_wait(sent);
///     move || receipt.get().map(|receipt| receipt.transaction.hash.to_string())
/// }
/// ```
#[must_use]
#[track_caller]
pub fn use_user_op_wait(op: impl Into<Awaited>) -> Query<UserOpReceipt> {
    use_user_op_wait_with(op, Wait::default())
}

/// [`use_user_op_wait`] with a time-out of one's own, and as many confirmations as are wanted.
///
/// On the server nothing is waited for: the signals are idle and `None`.
///
/// # Panics
///
/// Without a [`SmartAccountProvider`](super::SmartAccountProvider) above.
///
/// # Examples
///
/// ```
/// use std::time::Duration;
/// use leptos::prelude::*;
/// use use_aa::{Query, UserOpHash, Wait, use_user_op_wait_with};
///
/// #[component]
/// fn Settled(op: UserOpHash) -> impl IntoView {
///     let three_blocks = Wait::from(3).timeout(Duration::from_secs(60));
///     let Query { data: receipt, .. } = use_user_op_wait_with(op, three_blocks);
///     move || receipt.get().map(|receipt| format!("block {}", receipt.transaction.block_number))
/// }
/// ```
#[must_use]
#[track_caller]
pub fn use_user_op_wait_with(op: impl Into<Awaited>, wait: impl Into<Wait>) -> Query<UserOpReceipt> {
    let op = op.into();
    wait_for(move || op.hash(), wait.into(), |_| {})
}

/// The receipt of whatever operation is to be waited for.
#[track_caller]
pub(super) fn wait_for(
    hash: impl Fn() -> Option<UserOpHash> + Send + Sync + 'static,
    wait: Wait,
    see: impl Fn(Option<&UserOpReceipt>) + Copy + Send + Sync + 'static,
) -> Query<UserOpReceipt> {
    let connection = use_smart_account().connection;
    Query::new(hash, move |hash| async move {
        // Where there is an account, it learns from the receipt what has become of it.
        match connection.client() {
            Ok(client) => client.wait_telling(hash, wait, &see).await,
            Err(_) => connection.services()?.wait_telling(hash, wait, &see).await,
        }
    })
}
