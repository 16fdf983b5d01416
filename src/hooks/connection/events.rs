//! The events of the latest wallet, which may be locked and unlocked again.

use std::mem;

use alloy::primitives::Address;
use futures::FutureExt;
use leptos::{
    prelude::*,
    reactive::{spawn, spawn_local},
};

use super::{Connection, current::Current};
use crate::hooks::wallet::{Event, Subscription, Wallet};

impl Connection {
    /// Follows the events of a wallet, in place of those of the wallet before.
    pub(super) fn hear(self, attempt: u64, wallet: &Wallet) {
        let heard = wallet.clone();
        self.set_heard(wallet.subscribe(move |event| {
            let wallet = heard.clone();
            // Deferred, because the wallet is still dispatching the event.
            spawn_local(async move { self.follow(attempt, wallet, event) });
        }));
    }

    pub(super) fn set_heard(self, subscription: Option<Subscription>) {
        let before = self
            .heard
            .try_update_value(|heard| mem::replace(heard, subscription));
        // Dropped outside the stored value, because the drop calls the wallet.
        drop(before);
    }

    /// Applies a wallet's event: to the connection of the given attempt, or to a page that waits for the wallet.
    fn follow(self, attempt: u64, wallet: Wallet, event: Event) {
        match event {
            Event::Account(Some(address)) => match self.owned(attempt, |_| Some(())) {
                Some(()) => self.follow_owner(attempt, address),
                None => self.follow_return(wallet, address),
            },
            Event::Account(None) => self.follow_end(attempt),
            Event::Disconnected => {
                self.count(|counts| counts.is_offline = true);
                self.follow_end(attempt);
            }
            Event::Connected => {
                let was = self.counts();
                self.count(|counts| counts.is_offline = false);
                if was.is_offline && self.may_return() {
                    spawn(self.reconnect(wallet).map(drop));
                }
            }
            Event::Chain(chain) => self.change(attempt, |owned| owned.chain = Some(chain)),
        }
    }

    /// Connects a wallet that is unlocked, or permits the page to read its account again.
    fn follow_return(self, wallet: Wallet, address: Address) {
        if self.may_return() {
            let owner = wallet.owner_at(address);
            spawn(self.enter_owned(self.counts().attempts, wallet, owner).map(drop));
        }
    }

    /// Returns true if no wallet is connected, and the user has not disconnected.
    fn may_return(self) -> bool {
        let is_free = self
            .current
            .try_with_untracked(|current| current.owned().is_none());
        is_free == Some(true) && !self.counts().has_disconnected
    }

    fn follow_owner(self, attempt: u64, address: Address) {
        let wallet = self.owned(attempt, |owned| {
            let is_same = owned.client.client.owner() == Some(address);
            (!is_same).then(|| owned.wallet.clone())
        });
        if let Some(wallet) = wallet {
            self.replace_owner(attempt, &wallet, address);
        }
    }

    /// Removes the owner from the connection. The account's sessions remain usable.
    fn follow_end(self, attempt: u64) {
        let Some(account) = self.owned(attempt, |owned| Some(owned.client.client.address())) else {
            return;
        };
        if let Ok(client) = self.without_owner(account) {
            self.enter(
                |current| current.is_of(attempt),
                Current::Account { client, wallet: None },
            );
        }
    }
}
