use std::sync::Arc;

use alloy::primitives::Address;
use wasm_bindgen::JsValue;

use super::{
    Event,
    eip1193::{ENABLE, Eip1193, Subscription},
    owner::Eip1193Owner,
};
use crate::{AccountOwner, OwnerError, platform::BoxFuture};

/// The origin of a wallet's signatures. A page links the sources that it names.
pub(super) trait Source: Send + Sync {
    /// Returns the first account. The wallet may prompt the user if `may_prompt`, otherwise the page has permission
    /// already, or there is no account.
    fn account(&self, may_prompt: bool) -> BoxFuture<'static, Result<Option<Address>, OwnerError>>;

    /// Returns the owner with an address of the wallet.
    fn owner_at(&self, address: Address) -> Arc<dyn AccountOwner>;

    /// Returns the wallet's chain id, if it has one.
    fn chain_id(&self) -> BoxFuture<'static, Option<u64>>;

    /// Subscribes to the wallet's events, until the subscription is dropped.
    fn subscribe(&self, listener: Arc<dyn Fn(Event)>) -> Option<Subscription>;

    /// Returns the provider object, which identifies a browser wallet.
    fn provider(&self) -> Option<&JsValue>;
}

impl Source for Eip1193 {
    fn account(&self, may_prompt: bool) -> BoxFuture<'static, Result<Option<Address>, OwnerError>> {
        let wallet = self.clone();
        Box::pin(async move {
            let method = if may_prompt {
                "eth_requestAccounts"
            } else {
                "eth_accounts"
            };
            match wallet.first_account(method).await {
                Err(OwnerError::Disconnected) if may_prompt && wallet.is_of_wallet_connect() => {
                    wallet.first_account(ENABLE).await
                }
                account => account,
            }
        })
    }

    fn owner_at(&self, address: Address) -> Arc<dyn AccountOwner> {
        Arc::new(Eip1193Owner::new(self.clone(), address))
    }

    fn chain_id(&self) -> BoxFuture<'static, Option<u64>> {
        Self::chain_id(self)
    }

    fn subscribe(&self, listener: Arc<dyn Fn(Event)>) -> Option<Subscription> {
        Some(Self::subscribe(self, &listener))
    }

    fn provider(&self) -> Option<&JsValue> {
        Some(self.object())
    }
}

/// An owner of the app, which has one account and no chain.
pub(super) struct OfApp(pub(super) Arc<dyn AccountOwner>);

impl Source for OfApp {
    fn account(&self, _: bool) -> BoxFuture<'static, Result<Option<Address>, OwnerError>> {
        let address = self.0.address();
        Box::pin(async move { Ok(Some(address)) })
    }

    fn owner_at(&self, _: Address) -> Arc<dyn AccountOwner> {
        Arc::clone(&self.0)
    }

    fn chain_id(&self) -> BoxFuture<'static, Option<u64>> {
        Box::pin(async { None })
    }

    fn subscribe(&self, _: Arc<dyn Fn(Event)>) -> Option<Subscription> {
        None
    }

    fn provider(&self) -> Option<&JsValue> {
        None
    }
}
