use leptos::prelude::*;

use super::{Query, use_smart_account};
use crate::{Call, GasEstimate};

/// Estimates the gas of the owner's calls at current fees. The estimate is fetched as soon as there are calls and an
/// account, and again when either changes.
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
/// use use_aa::{Call, Query, use_gas_estimate};
///
/// #[component]
/// fn Cost(calls: Signal<Vec<Call>>) -> impl IntoView {
///     let Query { data: estimate, .. } = use_gas_estimate(calls);
///     move || estimate.get().map(|estimate| format!("at most {} wei", estimate.cost))
/// }
/// ```
#[must_use]
#[track_caller]
pub fn use_gas_estimate(calls: impl Into<Signal<Vec<Call>>>) -> Query<GasEstimate> {
    let (account, calls) = (use_smart_account(), calls.into());
    Query::new(
        move || Some((account.settled()?, calls.get())).filter(|(_, calls)| !calls.is_empty()),
        move |(_, calls)| async move {
            let client = account.connection.client()?;
            client.gas_estimate(&calls).await
        },
    )
}
