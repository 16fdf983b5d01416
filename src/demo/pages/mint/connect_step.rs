use leptos::prelude::*;
use use_aa::use_smart_account;

use crate::demo::components::{ConnectWallet, Progress, SelectKind, ServicesFailure, SmartAccount, Step};

/// Step 1: connects a wallet.
#[component]
pub(super) fn ConnectStep() -> impl IntoView {
    let account = use_smart_account();
    let has_owner = Memo::new(move |_| account.owner.with(Option::is_some));
    let has_account = Memo::new(move |_| account.address.with(Option::is_some));
    let progress = Signal::derive(move || {
        if has_account.get() {
            Progress::Done
        } else {
            Progress::Now
        }
    });
    let why = move || {
        if has_account.get() {
            "Your sessions work without a wallet. Connect it to create another one."
        } else {
            "It owns the smart account that will hold your flowers. Connecting costs nothing."
        }
    };
    view! {
        <Step number=1 title="Connect a wallet" progress>
            <SmartAccount />
            <Show when=move || !has_owner.get()>
                <p prop:textContent=why></p>
            </Show>
            <SelectKind />
            <Show when=move || !has_owner.get()>
                <ConnectWallet />
            </Show>
            <ServicesFailure />
        </Step>
    }
}
