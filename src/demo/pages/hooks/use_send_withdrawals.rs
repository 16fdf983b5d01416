use alloy::primitives::Address;
use leptos::prelude::*;
use use_aa::{Payment, Request, Withdraw, use_send_withdrawals};

use crate::demo::components::{Action, Field, Holdings, Outcome, TestTokens, use_holdings};

/// Withdraws coins and tokens to the owner or another address, in one operation.
#[component]
pub(crate) fn Withdrawals(token: Address, account: Address, payment: Payment) -> impl IntoView {
    let held = use_holdings(token);
    let [coins, tokens, to] = [(); 3].map(|()| RwSignal::new(String::new()));

    // An empty field adds nothing, `all` adds the whole balance.
    let add = move |index: usize, text: &str, request: Withdraw| match (held.data.get()?[index], text) {
        (_, "") => Some(request),
        (held, "all") => Some(request.all(held.asset)),
        (held, text) => Some(request.amount(held.asset, held.units(text)?)),
    };
    let with_coins = Memo::new(move |_| add(0, coins.get().trim(), Withdraw::new().pay(payment)));
    let with_tokens = Memo::new(move |_| add(1, tokens.get().trim(), with_coins.get()?));
    let recipient = Memo::new(move |_| match to.get().trim() {
        "" => Some(None),
        to => to.parse::<Address>().map(Some).ok(),
    });

    let withdraw = use_send_withdrawals();
    let request = move || match (with_tokens.get()?, recipient.get()?) {
        (request, Some(to)) => Some(request.to(to)),
        (request, None) => Some(request),
    };
    let go = Callback::new(move |()| {
        if let Some(request) = untrack(request) {
            withdraw.mutate.run(request);
        }
    });

    view! {
        <Holdings of=held />
        <TestTokens token account arrived=held.refetch />
        <Field
            label="Coins to withdraw"
            value=coins
            hint="An amount, or: all"
            is_wrong=Signal::derive(move || held.is_success.get() && with_coins.get().is_none())
        />
        <Field
            label="Tokens to withdraw"
            value=tokens
            hint="An amount, or: all"
            is_wrong=Signal::derive(move || with_coins.get().is_some() && with_tokens.get().is_none())
        />
        <Field
            label="Recipient"
            value=to
            hint="An address. If empty: the account's owner."
            is_wrong=Signal::derive(move || recipient.get().is_none())
        />
        <div class="actions">
            <Action
                label="Withdraw"
                act=go
                is_busy=withdraw.is_pending
                is_possible=Signal::derive(move || request().is_some())
            />
        </div>
        <Outcome of=withdraw included=held.refetch />
    }
}
