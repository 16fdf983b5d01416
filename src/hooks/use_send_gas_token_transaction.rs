use leptos::prelude::*;

use super::{Mutation, use_smart_account};
use crate::{ErrorKind, Request, SendTransaction, TokenPayment, UserOpResponse};

/// Sends calls that the owner signs, and pays for their gas in an ERC-20 token. The payment overrides the payment of
/// the request. If the payment is a signal, the signal is read when the calls are sent.
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
/// use alloy::primitives::{U256, address};
/// use leptos::prelude::*;
/// use use_aa::{Call, SendTransaction, TokenPayment, use_send_gas_token_transaction};
///
/// #[component]
/// fn Mint(mint: Call) -> impl IntoView {
///     let dollar = address!("fee0000000000000000000000000000000000006");
///     let at_most = U256::from(500_000);
///     let send = use_send_gas_token_transaction(TokenPayment::new(dollar, at_most));
///     let go = move |_| send.mutate.run(SendTransaction::from(mint.clone()));
///     view! { <button on:click=go disabled=send.is_pending>"Mint, gas in dollars"</button> }
/// }
/// ```
#[must_use]
#[track_caller]
pub fn use_send_gas_token_transaction(
    payment: impl Into<Signal<TokenPayment>>,
) -> Mutation<SendTransaction, UserOpResponse> {
    let (connection, payment) = (use_smart_account().connection, payment.into());
    Mutation::sending(connection, move |client, request: SendTransaction| {
        let payment = payment
            .try_get_untracked()
            .ok_or_else(|| crate::Error::from(ErrorKind::Disposed));
        async move { client?.send(request.pay(payment?.into())).await }
    })
}
