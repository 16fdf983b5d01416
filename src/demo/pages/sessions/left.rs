use leptos::prelude::*;
use use_aa::{Allowance, SessionId, use_session_allowance};

use crate::demo::components::{Failure, amount};

/// The remaining amount of each limit of a granted session. Until the amounts are known, the component has the height of one.
#[component]
pub(super) fn Left(
    /// The session.
    id: SessionId,
) -> impl IntoView {
    let left = use_session_allowance(Some(id));
    let item = |allowance: Allowance| {
        let (most, left) = (amount(allowance.limit.most(), 0), amount(allowance.left, 0));
        let limit = allowance.limit.to_string();
        view! {
            <li>
                <span prop:textContent=left.clone() + " left: " + &limit></span>
                <progress max=most value=left aria-label=limit></progress>
            </li>
        }
    };
    let items = move || match left.data.get() {
        Some(known) => known.into_iter().map(item).collect_view().into_any(),
        None => view! { <li class="absent">"–"</li> }.into_any(),
    };
    view! {
        <ul class="left" aria-label="What is left">
            {items}
        </ul>
        <Failure error=left.error retry=left.refetch />
    }
}
