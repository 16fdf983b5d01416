use super::{Mutation, use_smart_account};
use crate::{SendTransaction, TokenPayment, UserOpResponse};

/// Sends calls that the owner signs, their gas paid for in a token, whatever the request says.
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
pub fn use_send_gas_token_transaction(payment: TokenPayment) -> Mutation<SendTransaction, UserOpResponse> {
    let connection = use_smart_account().connection;
    Mutation::new(move |request: SendTransaction| async move {
        connection.client()?.send(request.pay(payment.into())).await
    })
}
