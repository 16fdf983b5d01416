use super::{Awaited, Query, use_smart_account};
use crate::{UserOpHash, UserOpReceipt, WaitOptions};

/// Waits for the receipt of an operation. No wallet and no account are needed. The hook stops waiting when its
/// component is disposed.
///
/// The timeout is the default of [`WaitOptions`]; after the timeout, `refetch` waits again.
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
    use_user_op_wait_with(op, WaitOptions::default())
}

/// Waits for the receipt of an operation like [`use_user_op_wait`], with a given timeout and number of confirmations.
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
/// use std::time::Duration;
/// use leptos::prelude::*;
/// use use_aa::{Query, UserOpHash, WaitOptions, use_user_op_wait_with};
///
/// #[component]
/// fn Settled(op: UserOpHash) -> impl IntoView {
///     let three_blocks = WaitOptions::from(3).timeout(Duration::from_secs(60));
///     let Query { data: receipt, .. } = use_user_op_wait_with(op, three_blocks);
///     move || receipt.get().map(|receipt| format!("block {}", receipt.transaction.block_number))
/// }
/// ```
#[must_use]
#[track_caller]
pub fn use_user_op_wait_with(op: impl Into<Awaited>, wait: impl Into<WaitOptions>) -> Query<UserOpReceipt> {
    let op = op.into();
    wait_for(move || op.hash(), wait.into(), |_| {})
}

/// Waits for the receipt of the operation with the given hash, which is tracked. Each observation of the chain is
/// passed to `see`: the receipt so far, or `None` if the operation is not on chain.
#[track_caller]
pub(super) fn wait_for(
    hash: impl Fn() -> Option<UserOpHash> + Send + Sync + 'static,
    wait: WaitOptions,
    see: impl Fn(Option<&UserOpReceipt>) + Copy + Send + Sync + 'static,
) -> Query<UserOpReceipt> {
    let connection = use_smart_account().connection;
    Query::new(hash, move |hash| async move {
        // A connected client also updates its chain cache and session ledger with the outcome.
        match connection.client() {
            Ok(client) => client.wait_telling(hash, wait, &see).await,
            Err(_) => connection.services()?.wait_telling(hash, wait, &see).await,
        }
    })
}
