use leptos::prelude::*;
use use_aa::use_smart_account;

use super::Notice;
use crate::demo::config::use_config;

/// A notice that the wallet is on another chain than the dapp.
#[component]
pub(crate) fn ChainNotice() -> impl IntoView {
    let account = use_smart_account();
    let config = use_config();
    move || {
        let wallet_chain = account.wallet_chain.get()?;
        let (chain, name) = (config.services.chain_id(), config.chain_name.clone());
        (wallet_chain != chain).then(|| {
            let text = format!(
                "Your wallet is on chain {wallet_chain}, this page on {name} (chain {chain}). You can go on: the \
                 wallet only signs, and what it signs holds on {name} alone.",
            );
            view! { <Notice code="notice.wallet_on_other_chain" text /> }
        })
    }
}
