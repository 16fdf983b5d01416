use alloy::{primitives::Address, sol};
use leptos::prelude::*;
use use_aa::{
    Call, SendTransaction, TokenPayment, primitives::units, use_send_gas_token_transaction, use_token_fees,
};

use crate::demo::components::{Action, Failure, Field, Outcome, TestTokens, amount, use_decimals};

sol! {
    function safeMint(address to);
}

/// Mints and pays for gas in an ERC-20 token, at the quoted fee or up to a maximum that the user sets.
#[component]
pub(crate) fn PayInTokens(nft: Address, token: Address, account: Address) -> impl IntoView {
    let mint = Call::new(nft, safeMintCall { to: account });
    let (chosen, cap) = (RwSignal::new(token.to_string()), RwSignal::new("0.5".to_owned()));

    let token_now = Signal::derive(move || chosen.with(|text| text.trim().parse::<Address>().ok()));
    let tokens = Signal::derive(move || token_now.get().into_iter().collect::<Vec<_>>());
    let quotes = use_token_fees(vec![mint.clone()], tokens);
    let quote = Memo::new(move |_| {
        let (quotes, token) = (quotes.data.get()?, token_now.get()?);
        quotes.into_iter().find(|quote| quote.token == token)
    });
    // The decimals come from the token. The paymaster's value could scale the maximum that the user sets.
    let decimals = use_decimals(token_now);
    let quoted = Memo::new(move |_| match (quote.get(), decimals.data.get()) {
        (Some(quote), Some(decimals)) => format!(
            "Gas costs at most {} {}.",
            amount(quote.max_fee, decimals),
            quote.symbol
        ),
        _ if quotes.is_fetching.get() || decimals.is_fetching.get() => "Asking for a quote.".to_owned(),
        _ => "There is no quote for this token: name one that the paymaster takes.".to_owned(),
    });
    let decimals_error = Signal::derive(move || quote.get().and(decimals.error.get()));
    let said = Memo::new(move |_| units(cap.get().trim(), decimals.data.get()?));
    let most = Memo::new(move |_| said.get().filter(|_| quote.with(Option::is_some)));

    let payment = move || {
        TokenPayment::new(
            token_now.get().unwrap_or_default(),
            most.get().unwrap_or_default(),
        )
    };
    let send = use_send_gas_token_transaction(Signal::derive(payment));
    let pay = Callback::new(move |()| send.mutate.run(SendTransaction::from(mint.clone())));

    view! {
        <TestTokens token account />
        <Field
            label="Token"
            value=chosen
            hint="The address of a token (ERC-20) that the paymaster takes."
            is_wrong=Signal::derive(move || token_now.get().is_none())
        />
        <p role="status" prop:textContent=move || quoted.get()></p>
        <Failure error=quotes.error retry=quotes.refetch />
        <Failure error=decimals_error retry=decimals.refetch />
        <Field
            label="At most"
            value=cap
            hint="In tokens. Where gas would cost more, nothing is sent."
            is_wrong=Signal::derive(move || decimals.data.get().is_some() && said.get().is_none())
        />
        <div class="actions">
            <Action
                label="Mint and pay in tokens"
                act=pay
                is_busy=send.is_pending
                is_possible=Signal::derive(move || most.get().is_some())
            />
        </div>
        <Outcome of=send />
    }
}
