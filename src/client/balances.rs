use super::SmartAccountClient;
use crate::{
    error::Error,
    platform,
    primitives::{Asset, Balance},
};

impl SmartAccountClient {
    /// Returns the account's balance of each asset, in the order of the assets. All balances are requested at
    /// the same time.
    ///
    /// # Errors
    ///
    /// [`ErrorKind::Service`](crate::ErrorKind::Service) when the node fails, or when an address is not that
    /// of a token contract.
    pub async fn balances(&self, assets: impl IntoIterator<Item = Asset>) -> Result<Vec<Balance>, Error> {
        let balances = assets.into_iter().map(|asset| self.pipeline.balance(asset));
        platform::join_all(balances).await.into_iter().collect()
    }
}
