use alloy::{primitives::Address, sol};
use leptos::prelude::*;
use use_aa::{Call, TokenQuote, use_token_fees};

use crate::demo::components::{Failure, Field, amount};

sol! {
    function safeMint(address to);
}

/// Shows the fee of a mint in each of several ERC-20 tokens.
#[component]
pub(crate) fn TokenFees(nft: Address, token: Address, account: Address) -> impl IntoView {
    let calls = vec![Call::new(nft, safeMintCall { to: account })];
    let text = RwSignal::new(token.to_string());
    let tokens = Memo::new(move |_| {
        let parsed = |text: &String| {
            text.split_whitespace()
                .map(str::parse)
                .collect::<Result<Vec<Address>, _>>()
        };
        text.with(parsed).ok()
    });
    let quotes = use_token_fees(calls, Signal::derive(move || tokens.get().unwrap_or_default()));

    let row = |quote: TokenQuote| {
        view! {
            <tr>
                <th scope="row" translate="no" prop:textContent=quote.symbol></th>
                <td translate="no" prop:textContent=amount(quote.max_fee, quote.decimals)></td>
            </tr>
        }
    };
    let rows = move || quotes.data.get().unwrap_or_default();
    let is_empty = Memo::new(move |_| quotes.is_success.get() && rows().is_empty());
    let none = move || {
        is_empty
            .get()
            .then_some("The paymaster takes none of these tokens.")
    };

    view! {
        <Field
            label="Tokens"
            value=text
            hint="Addresses of tokens, with spaces between them. Those that the paymaster does not take are left out."
            is_wrong=Signal::derive(move || tokens.get().is_none())
        />
        <table aria-busy=move || quotes.is_fetching.get().to_string()>
            <caption>"A mint costs at most"</caption>
            <thead>
                <tr>
                    <th scope="col">"Token"</th>
                    <th scope="col">"Amount"</th>
                </tr>
            </thead>
            <tbody>{move || rows().into_iter().map(row).collect_view()}</tbody>
        </table>
        <p role="status" prop:textContent=none></p>
        <Failure error=quotes.error retry=quotes.refetch />
        <div class="actions">
            <button
                type="button"
                disabled=quotes.is_fetching
                on:click=move |_| quotes.refetch.run(())
            >
                "Ask again"
            </button>
        </div>
    }
}
