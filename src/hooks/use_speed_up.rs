use super::{Mutation, use_smart_account};
use crate::{SpeedUp, UserOpResponse};

/// Sends a pending operation again at the same nonce with higher fees. The same signer signs again: the owner, or the
/// session key.
///
/// On the server the signals are idle and `None`.
///
/// # Panics
///
/// Without a [`SmartAccountProvider`](super::SmartAccountProvider) above.
///
/// # Examples
///
/// ```
/// use leptos::prelude::*;
/// use use_aa::{SpeedUp, UserOpHash, use_speed_up};
///
/// #[component]
/// fn Hurry(op: UserOpHash) -> impl IntoView {
///     let speed_up = use_speed_up();
///     let hurry = move |_| speed_up.mutate.run(SpeedUp::new(op));
///     view! { <button on:click=hurry disabled=speed_up.is_pending>"Speed up"</button> }
/// }
/// ```
#[must_use]
#[track_caller]
pub fn use_speed_up() -> Mutation<SpeedUp, UserOpResponse> {
    let connection = use_smart_account().connection;
    Mutation::sending(connection, |client, request| async move {
        client?.speed_up(request).await
    })
}
