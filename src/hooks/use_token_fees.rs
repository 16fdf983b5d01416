use alloy::primitives::Address;
use leptos::prelude::*;

use super::{Query, use_smart_account};
use crate::{Call, TokenQuote};

/// Returns the current cost of the owner's calls in each of the given tokens that the paymaster accepts. The quotes
/// are fetched as soon as there are calls and an account, and again when the calls, the tokens or the account change.
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
/// use alloy::primitives::address;
/// use leptos::prelude::*;
/// use use_aa::{Call, Query, use_token_fees};
///
/// #[component]
/// fn Fees(calls: Signal<Vec<Call>>) -> impl IntoView {
///     let dollar = address!("fee0000000000000000000000000000000000006");
///     let Query { data: quotes, .. } = use_token_fees(calls, vec![dollar]);
///     let line = |quote: &use_aa::TokenQuote| format!("{} units of {}", quote.max_fee, quote.symbol);
///     move || quotes.get().map(|quotes| quotes.iter().map(line).collect_view())
/// }
/// ```
#[must_use]
#[track_caller]
pub fn use_token_fees(
    calls: impl Into<Signal<Vec<Call>>>,
    tokens: impl Into<Signal<Vec<Address>>>,
) -> Query<Vec<TokenQuote>> {
    let (account, calls, tokens) = (use_smart_account(), calls.into(), tokens.into());
    Query::new(
        move || {
            Some((account.settled()?, calls.get(), tokens.get())).filter(|(_, calls, _)| !calls.is_empty())
        },
        move |(_, calls, tokens)| async move {
            let client = account.connection.client()?;
            client.token_fees(&calls, &tokens).await
        },
    )
}
