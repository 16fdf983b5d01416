use leptos::prelude::*;
use use_aa::{Allowance, SessionId, use_session_allowance};

use super::{Failure, amount};
use crate::demo::record::use_record;

/// The uses of a session, and what is left of each of its limits.
#[component]
pub(crate) fn Used(
    /// The session, if there is one.
    #[prop(into)]
    session: Signal<Option<SessionId>>,
    /// True when the session is granted and has limits.
    #[prop(into)]
    is_limited: Signal<bool>,
    /// True to keep the room for a limit free before it is known.
    #[prop(optional, into)]
    is_reserved: Signal<bool>,
) -> impl IntoView {
    let record = use_record();
    let uses = Memo::new(move |_| session.get().map_or(0, |session| record.uses(session)));
    let spared = move || match uses.get() {
        0 => "Not used yet.".to_owned(),
        1 => "Used once: 1 wallet prompt spared.".to_owned(),
        uses => {
            let uses = uses.to_string();
            "Used ".to_owned() + &uses + " times: " + &uses + " wallet prompts spared."
        }
    };
    let limited = Signal::derive(move || session.get().filter(|_| is_limited.get()));
    let left = use_session_allowance(limited);
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
    let items = move || match limited.get().and_then(|_| left.data.get()) {
        Some(known) => known.into_iter().map(item).collect_view().into_any(),
        None => view! { <li class="absent">"–"</li> }.into_any(),
    };
    view! {
        <p class="used" prop:textContent=spared></p>
        <Show when=move || is_limited.get() || is_reserved.get()>
            <ul class="left" aria-label="What is left">
                {items}
            </ul>
        </Show>
        <Failure error=left.error retry=left.refetch />
    }
}
