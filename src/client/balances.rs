use std::fmt;

use alloy::primitives::{Address, U256};
use futures::future::try_join_all;

use super::{Error, SmartAccountClient};
use crate::{contracts::token::Erc20, platform::BoxFuture};

/// An asset whose amount an account can hold: the native coin or an ERC-20 token.
///
/// # Examples
///
/// ```
/// use alloy::primitives::address;
/// use use_aa::Asset;
///
/// let dollar = Asset::Token(address!("fee0000000000000000000000000000000000006"));
/// assert_ne!(dollar, Asset::Native);
/// assert_eq!(format!("3 of {} is too little", Asset::Native), "3 of native coin, in wei, is too little");
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Asset {
    /// The native coin of the chain.
    Native,
    /// An [ERC-20](https://eips.ethereum.org/EIPS/eip-20) token, by its contract address.
    Token(Address),
}

impl fmt::Display for Asset {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Native => f.write_str("native coin, in wei,"),
            Self::Token(token) => write!(f, "the token {token}, in its smallest unit,"),
        }
    }
}

/// An amount of an asset.
///
/// # Examples
///
/// ```no_run
/// use alloy::primitives::address;
/// use use_aa::{Asset, Error, SmartAccountClient};
///
/// async fn print(client: SmartAccountClient) -> Result<(), Error> {
///     let dollar = Asset::Token(address!("fee0000000000000000000000000000000000006"));
///     for balance in client.balances([Asset::Native, dollar]).await? {
///         println!("{} of {}", balance.amount, balance.asset);
///     }
///     Ok(())
/// }
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub struct Balance {
    /// The asset.
    pub asset: Asset,
    /// The amount, in wei or in the token's smallest unit.
    pub amount: U256,
}

impl SmartAccountClient {
    /// Returns the account's balance of each asset, in the order of the assets. All balances are requested at
    /// the same time.
    ///
    /// # Errors
    ///
    /// [`Error::Service`] when the node fails, or when an address is not that of a token contract.
    pub async fn balances(&self, assets: impl IntoIterator<Item = Asset>) -> Result<Vec<Balance>, Error> {
        try_join_all(assets.into_iter().map(|asset| self.balance(asset))).await
    }

    pub(super) fn balance(&self, asset: Asset) -> BoxFuture<'_, Result<Balance, Error>> {
        Box::pin(async move {
            let owner = self.address;
            let amount = match asset {
                Asset::Native => self.services.node.balance(owner).await?,
                Asset::Token(token) => {
                    self.services
                        .node
                        .call(token, &Erc20::balanceOfCall { owner })
                        .await?
                }
            };
            let balance = Balance { asset, amount };
            self.facts.lock().note_balance(balance);
            Ok(balance)
        })
    }
}
