use alloy::{
    primitives::{Address, U256},
    sol,
};
use leptos::prelude::*;
use use_aa::{Call, ErrorKind, Verdict, use_session_allows};

use crate::demo::components::{Fact, Field};

sol! {
    function safeMint(address to);
}

/// Checks a mint against the session's policies and shows the violation. Nothing is sent.
#[component]
pub(crate) fn MayMint(nft: Address, account: Address) -> impl IntoView {
    let (to, wei) = (RwSignal::new(account.to_string()), RwSignal::new("0".to_owned()));
    let recipient = Signal::derive(move || to.with(|text| text.trim().parse::<Address>().ok()));
    let value = Signal::derive(move || wei.with(|text| text.trim().parse::<U256>().ok()));
    let verdict = use_session_allows(Signal::derive(move || {
        let call = Call::new(nft, safeMintCall { to: recipient.get()? });
        Some(call.value(value.get()?))
    }));
    let answer = move || {
        let answer = match verdict.get()? {
            Verdict::Allowed { has_key: true, .. } => "Yes".to_owned(),
            Verdict::Allowed { .. } => "Yes, and whoever has its key must sign".to_owned(),
            Verdict::Forbidden { violation, .. } => format!("No: {violation}"),
            _ => format!("No: {}", ErrorKind::NoSession),
        };
        Some(answer)
    };
    let code = move || match verdict.get()? {
        Verdict::Allowed { .. } => None,
        Verdict::Forbidden { violation, .. } => Some(violation.code()),
        _ => Some(ErrorKind::NoSession.code()),
    };
    let judge = move || match verdict.get()? {
        Verdict::Allowed { session, .. } | Verdict::Forbidden { session, .. } => Some(session.to_string()),
        _ => None,
    };
    let policy = move || match verdict.get()? {
        Verdict::Allowed { policy, .. } | Verdict::Forbidden { policy, .. } => Some(policy.to_string()),
        _ => None,
    };

    view! {
        <Field
            label="To"
            value=to
            hint="Who would get the NFT. Sessions of the mint page allow your account alone."
            is_wrong=Signal::derive(move || recipient.get().is_none())
        />
        <Field
            label="Coins"
            value=wei
            hint="What the call would send along, in wei."
            is_wrong=Signal::derive(move || value.get().is_none())
        />
        <dl class="facts" aria-live="polite" data-code=code>
            <Fact name="Allowed" value=Signal::derive(answer) />
            <Fact name="Asked session" value=Signal::derive(judge) />
            <Fact name="Its policy" value=Signal::derive(policy) />
        </dl>
    }
}
