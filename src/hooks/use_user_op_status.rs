use leptos::prelude::*;

use super::{Awaited, use_user_op_wait::wait_for};
use crate::{UserOpStatus, Wait};

/// How far an operation has come: from the building of it to its inclusion, or another end. `None` while nothing was
/// asked.
///
/// Of a mutation it is the latest call's operation; of a hash it begins at [`UserOpStatus::Pending`]. It ends with its
/// component.
///
/// On the server it is `None`, or pending.
///
/// # Panics
///
/// Without a [`SmartAccountProvider`](super::SmartAccountProvider) above.
///
/// # Examples
///
/// ```
/// use leptos::prelude::*;
/// use use_aa::{Call, SendTransaction, UserOpStatus, use_send_transaction, use_user_op_status};
///
/// #[component]
/// fn Pay(call: Call) -> impl IntoView {
///     let send = use_send_transaction();
///     let status = use_user_op_status(send);
///     let line = move || match status.get() {
///         None => String::new(),
///         Some(UserOpStatus::AwaitingSignature) => "Answer your wallet".to_owned(),
///         Some(UserOpStatus::Included { receipt }) => format!("Done in {}", receipt.transaction.hash),
///         Some(UserOpStatus::Failed(error)) => error.to_string(),
///         Some(_) => "Under way".to_owned(),
///     };
///     let pay = move |_| send.mutate.run(SendTransaction::from(call.clone()));
///     view! { <button on:click=pay>"Pay"</button><p role="status">{line}</p> }
/// }
/// ```
#[must_use]
#[track_caller]
pub fn use_user_op_status(op: impl Into<Awaited>) -> Signal<Option<UserOpStatus>> {
    use_user_op_status_with(op, Wait::default())
}

/// [`use_user_op_status`] with a time-out of one's own. Where more than one confirmation is wanted it goes on from
/// [`UserOpStatus::Included`] to [`UserOpStatus::Confirmed`].
///
/// On the server it is `None`, or pending.
///
/// # Panics
///
/// Without a [`SmartAccountProvider`](super::SmartAccountProvider) above.
///
/// # Examples
///
/// ```
/// use leptos::prelude::*;
/// use use_aa::{UserOpHash, UserOpStatus, use_user_op_status_with};
///
/// #[component]
/// fn Settled(op: UserOpHash) -> impl IntoView {
///     let status = use_user_op_status_with(op, 3);
///     move || matches!(status.get(), Some(UserOpStatus::Confirmed { .. })).then_some("Three blocks deep")
/// }
/// ```
#[must_use]
#[track_caller]
pub fn use_user_op_status_with(
    op: impl Into<Awaited>,
    wait: impl Into<Wait>,
) -> Signal<Option<UserOpStatus>> {
    let (op, wait) = (op.into(), wait.into());
    let included = wait_for(move || op.hash(), wait.confirmations(1));
    let confirmations = wait.depth();
    let is_wanted = confirmations > 1;
    let included_hash = move || Some(included.data.get()?.hash).filter(|_| is_wanted);
    let confirmed = wait_for(included_hash, wait);
    Signal::derive(move || {
        let Some(hash) = op.hash() else { return op.before() };
        let error = confirmed.error.get().or_else(|| included.error.get());
        if let Some(error) = error {
            return Some(error.into());
        }
        let receipt = confirmed.data.get().or_else(|| included.data.get());
        Some(match receipt {
            Some(receipt) if confirmed.is_success.get() => UserOpStatus::Confirmed {
                receipt,
                confirmations,
            },
            Some(receipt) => UserOpStatus::Included { receipt },
            None => UserOpStatus::Pending(hash),
        })
    })
}
