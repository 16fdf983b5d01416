//! The last connection, which outlives the page.

use alloy::primitives::Address;
use leptos::{prelude::*, reactive::spawn_local};

use super::{Connection, current::Current};
use crate::hooks::remembered::Remembered;

impl Connection {
    /// Returns the `rdns` of the last connected wallet, while that wallet may be reconnected.
    pub(in crate::hooks) fn wallet_of_last_time(self) -> Option<String> {
        self.current.with(|current| match current {
            Current::Account { wallet, .. } => wallet.clone(),
            Current::Owner(_) | Current::Disconnected => None,
        })
    }

    /// Restores the account that was last connected on the chain, if the account is of the current kind, and there is
    /// no newer attempt and no wallet by then.
    pub(super) fn recall(self) {
        let (Ok(chain_id), Ok(kind)) = (self.chain_id(), self.kind_name()) else {
            return;
        };
        let Some(store) = self.store.try_get_value() else {
            return;
        };
        let begun = self.counts();
        spawn_local(async move {
            let remembered = Remembered::recall(&*store, chain_id).await;
            let Some(Remembered { account, wallet, .. }) = remembered.filter(|last| last.is_of(kind)) else {
                return;
            };
            if self.load().await.is_err() {
                return;
            }
            let now = self.counts();
            let is_current = (begun.attempts, begun.changes) == (now.attempts, now.changes);
            if let Ok(client) = self.without_owner(account) {
                let wallet = Some(wallet);
                self.enter(
                    |current| is_current && current.owned().is_none(),
                    Current::Account { client, wallet },
                );
            }
        });
    }

    /// Stores the connection for the next load of the page.
    pub(super) async fn remember(self, account: Address, kind: &'static str, wallet: String) {
        if let (Ok(chain_id), Some(store)) = (self.chain_id(), self.store.try_get_value()) {
            let kind = Some(kind.to_owned());
            let remembered = Remembered {
                account,
                kind,
                wallet,
            };
            remembered.keep(&*store, chain_id).await;
        }
    }

    /// Deletes the stored connection.
    pub(super) fn forget(self) {
        if let (Ok(chain_id), Some(store)) = (self.chain_id(), self.store.try_get_value()) {
            spawn_local(async move { Remembered::forget(&*store, chain_id).await });
        }
    }
}
