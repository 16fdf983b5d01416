use alloy::{primitives::Address, sol};
use leptos::prelude::*;
use use_aa::{Call, Payment, Request, UseSession, use_session};

use crate::demo::components::{Action, Field, Outcome};

sol! {
    function safeMint(address to);
}

/// Mints with a session, without a prompt. A call that the session forbids is not sent.
#[component]
pub(crate) fn MintWithSession(nft: Address, account: Address, payment: Payment) -> impl IntoView {
    let session = use_session();
    let to = RwSignal::new(account.to_string());
    let recipient = Signal::derive(move || to.with(|text| text.trim().parse::<Address>().ok()));
    let mint = Callback::new(move |()| {
        if let Some(to) = recipient.get_untracked() {
            let call = Call::new(nft, safeMintCall { to });
            session.mutate.run(UseSession::new(call).pay(payment));
        }
    });

    view! {
        <p>
            "It takes a session that may mint: "
            <a href="#/hooks/use_create_session">"create one"</a> " first."
        </p>
        <Field
            label="To"
            value=to
            hint="Your account. The session allows no other address: try one."
            is_wrong=Signal::derive(move || recipient.get().is_none())
        />
        <div class="actions">
            <Action
                label="Mint with session"
                act=mint
                is_busy=session.is_pending
                is_possible=Signal::derive(move || recipient.get().is_some())
            />
        </div>
        <Outcome of=session />
    }
}
