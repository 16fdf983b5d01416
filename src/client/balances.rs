use futures::future::try_join_all;

use super::SmartAccountClient;
use crate::{
    error::Error,
    primitives::{Asset, Balance},
};

impl SmartAccountClient {
    /// Returns the account's balance of each asset, in the order of the assets. All balances are requested at
    /// the same time.
    ///
    /// # Errors
    ///
    /// [`Error::Service`] when the node fails, or when an address is not that of a token contract.
    pub async fn balances(&self, assets: impl IntoIterator<Item = Asset>) -> Result<Vec<Balance>, Error> {
        try_join_all(assets.into_iter().map(|asset| self.pipeline.balance(asset))).await
    }
}
