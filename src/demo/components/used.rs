use leptos::prelude::*;
use use_aa::SessionId;

use crate::demo::record::use_record;

/// The number of operations that a session has signed in place of the wallet.
#[component]
pub(crate) fn Used(
    /// The session, if there is one.
    #[prop(into)]
    session: Signal<Option<SessionId>>,
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
    view! { <p class="used" prop:textContent=spared></p> }
}
