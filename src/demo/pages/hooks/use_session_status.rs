use leptos::prelude::*;
use use_aa::{SessionStatus, use_session_status};

use crate::demo::components::{Fact, PickSession};

/// Shows the status of a session, with the next step.
#[component]
pub(crate) fn HowFar() -> impl IntoView {
    let session = RwSignal::new(None);
    let status = use_session_status(session);
    let next = move || {
        let next = match status.get()? {
            SessionStatus::Active => "Use it",
            SessionStatus::ExpiringSoon | SessionStatus::Expired => "Renew it",
            SessionStatus::Scheduled => "Wait until its time begins",
            SessionStatus::Submitted(_) => "Wait until its grant is on the chain",
            SessionStatus::AwaitingSignature => "Sign in your wallet",
            _ => "Create another one",
        };
        Some(next.to_owned())
    };

    view! {
        <PickSession value=session />
        <dl class="facts" aria-live="polite">
            <Fact name="Status" value=Signal::derive(move || status.get().map(|status| status.to_string())) />
            <Fact name="Next" value=Signal::derive(next) />
        </dl>
    }
}
