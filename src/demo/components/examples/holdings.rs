use alloy::{
    primitives::{Address, U256},
    sol,
};
use leptos::prelude::*;
use use_aa::{Asset, ErrorKind, Query, primitives::units, use_smart_account};

use super::{Fact, amount};
use crate::demo::components::Failure;

sol! {
    function decimals() external view returns (uint8 decimals);
}

/// Queries the account's balances of the chain's coin and of a token, in this order.
pub(crate) fn use_holdings(token: Address) -> Query<[Holding; 2]> {
    let account = use_smart_account();
    Query::new(
        move || account.address.get(),
        move |_| {
            let client = account.client.get_untracked();
            async move {
                let client = client.ok_or(ErrorKind::NotConnected)?;
                let (coins, tokens) = (Asset::Native, Asset::Token(token));
                let held = client.balances([coins, tokens]);
                let decimals = client.services().read(token, &decimalsCall {});
                let (held, decimals) = futures::try_join!(held, decimals)?;
                let amount = |asset| {
                    held.iter()
                        .find(|held| held.asset == asset)
                        .map(|held| held.amount)
                };
                let holding = |asset, decimals| Holding {
                    asset,
                    amount: amount(asset).unwrap_or_default(),
                    decimals,
                };
                Ok([holding(coins, 18), holding(tokens, decimals)])
            }
        },
    )
}

/// Queries the number of decimals of a token from its contract.
pub(crate) fn use_decimals(token: Signal<Option<Address>>) -> Query<u8> {
    let account = use_smart_account();
    Query::new(
        move || Some((account.address.get()?, token.get()?)),
        move |(_, token)| {
            let client = account.client.get_untracked();
            async move {
                let client = client.ok_or(ErrorKind::NotConnected)?;
                client.services().read(token, &decimalsCall {}).await
            }
        },
    )
}

/// A balance of the account.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Holding {
    pub(crate) asset: Asset,
    pub(crate) amount: U256,
    pub(crate) decimals: u8,
}

impl Holding {
    /// Parses a decimal number into the asset's smallest unit. Returns `None` if the number has more decimals.
    pub(crate) fn units(&self, decimal: &str) -> Option<U256> {
        units(decimal, self.decimals)
    }
}

/// The balances of the account.
#[component]
pub(crate) fn Holdings(
    /// The result of [`use_holdings`].
    of: Query<[Holding; 2]>,
) -> impl IntoView {
    let shown = move |index: usize| {
        let text = move || {
            let held = of.data.get()?[index];
            Some(amount(held.amount, held.decimals))
        };
        Signal::derive(text)
    };
    view! {
        <dl class="facts">
            <Fact name="Coins" value=shown(0) />
            <Fact name="Tokens" value=shown(1) />
        </dl>
        <Failure error=of.error retry=of.refetch />
    }
}
