use leptos::prelude::*;
use use_aa::use_smart_account;

use crate::demo::components::{Owner, Progress, SelectKind, ServicesFailure, SmartAccount, Step};

/// Step 1: connects a wallet.
#[component]
pub(super) fn ConnectStep() -> impl IntoView {
    let account = use_smart_account();
    let has_account = Memo::new(move |_| account.address.with(Option::is_some));
    let progress = Signal::derive(move || {
        if has_account.get() {
            Progress::Done
        } else {
            Progress::Now
        }
    });
    view! {
        <Step number=1 title="Connect a wallet" progress>
            <SmartAccount />
            <SelectKind />
            <Owner
                absent="It owns the smart account that will hold your flowers. Connecting costs nothing."
                locked="Your wallet is locked or away. Sessions work without it. Unlock it to create one."
                ready="Your wallet owns this account. You need it to create a session, and not to mint."
            />
            <ServicesFailure />
        </Step>
    }
}
