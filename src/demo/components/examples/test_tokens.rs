use alloy::{
    primitives::{Address, U256},
    sol,
};
use leptos::prelude::*;
use use_aa::{Call, Request, SendTransaction, use_send_transaction};

use crate::demo::components::{Action, Outcome};
use crate::demo::config::use_config;

sol! {
    function mint(address to, uint256 amount);
}

/// A button that mints test tokens of a local chain to an account. Renders nothing on other chains.
#[component]
pub(crate) fn TestTokens(
    /// The token.
    token: Address,
    /// The recipient.
    account: Address,
    /// Called when the tokens have arrived.
    #[prop(optional)]
    arrived: Option<Callback<()>>,
) -> impl IntoView {
    /// Ten tokens with six decimals.
    const SOME: u64 = 10_000_000;

    let config = use_config();
    let send = use_send_transaction();
    let payment = config.payment();
    let get = Callback::new(move |()| {
        let amount = U256::from(SOME);
        let mint = Call::new(token, mintCall { to: account, amount });
        send.mutate.run(SendTransaction::from(mint).pay(payment));
    });
    let arrived = Callback::new(move |()| {
        if let Some(arrived) = arrived {
            arrived.run(());
        }
    });
    config.has_dev_keys.then(|| {
        view! {
            <div class="actions">
                <Action label="Get 10 test tokens" act=get is_busy=send.is_pending is_main=false />
            </div>
            <Outcome of=send included=arrived />
        }
    })
}
