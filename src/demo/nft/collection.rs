use alloy::{
    primitives::{Address, U256},
    sol,
    sol_types::{SolCall, SolEvent},
};
use futures::future::try_join_all;
use use_aa::{
    BoxFuture, Error, ServiceError, Services,
    rpc::{Failure, Refusal, Service},
};

use super::{Garden, Nft};

sol! {
    function balanceOf(address owner) external view returns (uint256 count);
    function ownerOf(uint256 id) external view returns (address owner);
    function tokenOfOwnerByIndex(address owner, uint256 index) external view returns (uint256 id);
    function tokenURI(uint256 id) external view returns (string memory uri);

    event Transfer(address indexed from, address indexed to, uint256 indexed id);
}

/// An ERC-721 collection, queried for one owner.
pub(super) struct Collection<'a> {
    pub(super) services: &'a Services,
    pub(super) contract: Address,
    pub(super) owner: Address,
    pub(super) known: Garden,
}

impl Collection<'_> {
    pub(super) async fn read(&self) -> Result<Garden, Error> {
        let count = self.ask(balanceOfCall { owner: self.owner }).await?;
        let listed = match self.known.is_unlisted {
            true => None,
            false => self.listed(count).await?,
        };
        let is_unlisted = listed.is_none();
        let latest = match listed {
            Some(latest) => latest,
            None => self.received(count).await?,
        };
        Ok(Garden {
            count: count.saturating_to(),
            latest,
            is_unlisted,
        })
    }

    /// Reads the latest tokens through [ERC-721 Enumerable](https://eips.ethereum.org/EIPS/eip-721). Returns `None` if
    /// the collection does not implement the extension.
    async fn listed(&self, count: U256) -> Result<Option<Vec<Nft>>, Error> {
        let indices = (1..=shown(count)).map(|back| count - U256::from(back));
        let latest = try_join_all(indices.map(|index| self.nft_at(index))).await?;
        Ok(latest.into_iter().collect())
    }

    /// Reads the latest tokens from the collection's `Transfer` events.
    async fn received(&self, count: U256) -> Result<Vec<Nft>, Error> {
        let most = shown(count);
        let mut latest = Vec::with_capacity(most);
        if most == 0 {
            return Ok(latest);
        }
        let to_owner = [Some(Transfer::SIGNATURE_HASH), None, Some(self.owner.into_word())];
        let logs = self.services.logs(self.contract, &to_owner).await?;
        let mut ids = Vec::with_capacity(logs.len());
        for id in logs.iter().rev().filter_map(|log| log.topics().get(3)) {
            let id = U256::from_be_bytes(id.0);
            if !ids.contains(&id) {
                ids.push(id);
            }
        }
        for ids in ids.chunks(Garden::SHOWN) {
            let held = try_join_all(ids.iter().map(|id| self.nft_if_held(*id))).await?;
            latest.extend(held.into_iter().flatten());
            if latest.len() >= most {
                break;
            }
        }
        if latest.is_empty() {
            return Err(untold(count));
        }
        latest.truncate(most);
        Ok(latest)
    }

    /// Reads the owner's token at an index. Returns `None` if the collection does not implement ERC-721 Enumerable.
    fn nft_at(&self, index: U256) -> BoxFuture<'_, Result<Option<Nft>, Error>> {
        let owner = self.owner;
        Box::pin(async move {
            match unless_reverted(self.ask(tokenOfOwnerByIndexCall { owner, index }).await)? {
                Some(id) => self.nft(id).await.map(Some),
                None => Ok(None),
            }
        })
    }

    /// Reads a token that was transferred to the owner. Returns `None` if it was transferred on or burned.
    fn nft_if_held(&self, id: U256) -> BoxFuture<'_, Result<Option<Nft>, Error>> {
        Box::pin(async move {
            match unless_reverted(self.ask(ownerOfCall { id }).await)? {
                Some(owner) if owner == self.owner => self.nft(id).await.map(Some),
                _ => Ok(None),
            }
        })
    }

    async fn nft(&self, id: U256) -> Result<Nft, Error> {
        if let Some(nft) = self.known.latest.iter().find(|nft| nft.id == id) {
            return Ok(nft.clone());
        }
        // `tokenURI` is optional for a collection, and a token may not have one yet.
        let uri = unless_reverted(self.ask(tokenURICall { id }).await)?;
        Ok(Nft::new(id, uri.as_deref()))
    }

    fn ask<'a, C: SolCall + Send + Sync + 'a>(&'a self, call: C) -> BoxFuture<'a, Result<C::Return, Error>> {
        Box::pin(async move { self.services.read(self.contract, &call).await })
    }
}

/// Returns the number of tokens shown out of a total.
fn shown(count: U256) -> usize {
    count.saturating_to::<usize>().min(Garden::SHOWN)
}

/// Returns `None` for a call that reverted. Other failures remain errors.
fn unless_reverted<T>(answer: Result<T, Error>) -> Result<Option<T>, Error> {
    let is_revert = |error: &Error| {
        let refusal = error.service().and_then(ServiceError::refusal);
        refusal.is_some_and(Refusal::is_revert)
    };
    match answer {
        Err(error) if is_revert(&error) => Ok(None),
        answer => answer.map(Some),
    }
}

/// Creates the error for tokens that neither the collection nor its events list.
fn untold(count: U256) -> Error {
    let why = format!("the logs lack the ids of the account's {count} NFTs");
    ServiceError::new(Service::Node, "eth_getLogs", Failure::Malformed(why)).into()
}
