use alloy::{
    primitives::{Address, U256},
    sol,
};
use leptos::prelude::*;
use use_aa::{Call, GasEstimate, use_gas_estimate};

use crate::demo::components::{Failure, Field, amount};

sol! {
    function safeMint(address to);
}

/// Estimates the gas cost of minting a number of flowers in one operation.
#[component]
pub(crate) fn Estimate(nft: Address, account: Address) -> impl IntoView {
    const MOST: usize = 50;

    let text = RwSignal::new("1".to_owned());
    let count = Memo::new(move |_| {
        let count = text.with(|text| text.trim().parse::<usize>().ok())?;
        (1..=MOST).contains(&count).then_some(count)
    });
    let calls = Signal::derive(move || {
        let mint = Call::new(nft, safeMintCall { to: account });
        vec![mint; count.get().unwrap_or_default()]
    });
    let estimate = use_gas_estimate(calls);

    let row = |name: &'static str, units: U256, decimals: u8| {
        view! {
            <tr>
                <th scope="row">{name}</th>
                <td translate="no" prop:textContent=amount(units, decimals)></td>
            </tr>
        }
    };
    let rows = move || {
        let GasEstimate { gas, fees, cost, .. } = estimate.data.get()?;
        let rows = [
            row("Gas for the calls", gas.call, 0),
            row("Gas for validation", gas.verification, 0),
            row("Gas for the bundler", gas.pre_verification, 0),
            row("Gwei for a unit of gas", fees.max_fee_per_gas, 9),
            row("Coins in all", cost, 18),
        ];
        Some(rows)
    };

    view! {
        <Field
            label="Flowers"
            value=text
            hint="How many to mint in one operation: 1 to 50."
            is_wrong=Signal::derive(move || count.get().is_none())
        />
        <table aria-busy=move || estimate.is_fetching.get().to_string()>
            <caption>"At most"</caption>
            <tbody>{rows}</tbody>
        </table>
        <Failure error=estimate.error retry=estimate.refetch />
    }
}
