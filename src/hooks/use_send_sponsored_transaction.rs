use super::{Mutation, use_smart_account};
use crate::{Payment, SendTransaction, UserOpResponse};

/// Sends calls that the owner signs, paid for by the paymaster, whatever the request says.
///
/// On the server the signals are idle and `None`.
///
/// # Panics
///
/// Without a [`SmartAccountProvider`](super::SmartAccountProvider) above.
#[must_use]
#[track_caller]
pub fn use_send_sponsored_transaction() -> Mutation<SendTransaction, UserOpResponse> {
    let connection = use_smart_account().connection;
    Mutation::new(move |request: SendTransaction| async move {
        connection.client()?.send(request.pay(Payment::Sponsored)).await
    })
}
