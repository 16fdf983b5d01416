use leptos::prelude::*;
use use_aa::{Allowance, use_session_allowance};

use crate::demo::components::{Fact, Failure, PickSession};

/// Shows what is left of each limit of a session.
#[component]
pub(crate) fn WhatIsLeft() -> impl IntoView {
    let session = RwSignal::new(None);
    let allowances = use_session_allowance(session);
    let count = move || Some(allowances.data.get()?.len().to_string());
    let line = |allowance: Allowance| {
        let text = format!("{}: {} left", allowance.limit, allowance.left);
        view! { <li prop:textContent=text></li> }
    };

    view! {
        <PickSession value=session />
        <dl class="facts" aria-busy=move || allowances.is_fetching.get().to_string()>
            <Fact name="Limits" value=Signal::derive(count) />
        </dl>
        <ul aria-label="Limits">
            {move || allowances.data.get().into_iter().flatten().map(line).collect_view()}
        </ul>
        <Failure error=allowances.error retry=allowances.refetch />
    }
}
