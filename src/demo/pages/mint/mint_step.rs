use alloy::primitives::{Address, address};
use leptos::prelude::*;
use use_aa::{Mutation, Request, UseSession, UserOpHash, UserOpResponse, use_session, use_smart_account};

use super::mint_session::MintSession;
use crate::demo::{
    components::{Action, Outcome, Progress, Step, Used, on_other_account},
    config::use_config,
    terms::mint,
};

/// An address other than the account's.
const SOMEBODY_ELSE: Address = address!("deadDEadDEaddEadDEaDDEaddeaDDEaDdeaDDEaD");

/// Step 3: mints any number of flowers.
#[component]
pub(super) fn MintStep(
    /// The session to mint with.
    session: MintSession,
    /// The mutation that mints to the account.
    own: Mutation<UseSession, UserOpResponse>,
    /// The operations that were sent and are not included yet.
    under_way: RwSignal<Vec<UserOpHash>>,
    /// Called when a flower was minted.
    included: Callback<()>,
) -> impl IntoView {
    let account = use_smart_account();
    let config = use_config();
    let (nft, payment) = (config.nft, config.payment());
    let foreign = use_session();
    on_other_account(move || foreign.reset.run(()));

    let mint_own = Callback::new(move |()| {
        if let Some(account) = account.address.get_untracked() {
            own.mutate.run(UseSession::new(mint(nft, account)).pay(payment));
        }
    });
    // Skips the local policy check, so that the chain rejects the call.
    let mint_foreign = Callback::new(move |()| {
        foreign
            .mutate
            .run(UseSession::new(mint(nft, SOMEBODY_ELSE)).pay(payment).unchecked());
    });
    // Also enabled with an ended session or after a read error: the attempt reports the reason.
    let is_possible = Signal::derive(move || {
        let may_mint = session.status.get().is_some_and(|status| !status.is_under_way());
        account.address.with(Option::is_some) && (may_mint || session.all.is_error.get())
    });
    let is_active = session.is_active;
    let progress = Signal::derive(move || {
        if is_active.get() {
            Progress::Now
        } else {
            Progress::Later
        }
    });

    view! {
        <Step number=3 title="Mint" progress>
            <p>"Each click is a transaction of your account, signed by the session's key."</p>
            <Used session=session.id />
            <div class="actions">
                <Action label="Mint with session" act=mint_own is_busy=own.is_pending is_possible is_main=is_active />
                <Action
                    label="Mint to another address"
                    act=mint_foreign
                    is_busy=foreign.is_pending
                    is_possible
                    is_main=false
                />
            </div>
            <Outcome of=own under_way included />
            <Outcome of=foreign under_way included />
            <p class="standing">
                <a href="#/activity">"See all activity"</a>
            </p>
        </Step>
    }
}
