use std::{fmt, sync::Arc};

use alloy::primitives::Address;
use futures::future::BoxFuture;

use super::{Nexus, NexusKind};
use crate::{
    account::{AccountKind, KindNotLoaded, SmartAccount},
    signer::AccountOwner,
};

/// The kind of [`Nexus`] accounts that were migrated, at the addresses of the kind before: [`Nexus::migrated_from`].
#[derive(Clone, Copy)]
pub struct MigratedKind {
    before: &'static dyn AccountKind,
    kind: NexusKind,
}

impl Nexus {
    /// Returns the kind of accounts that were [migrated](Self::migration): at the address that the kind before gives an
    /// owner, with the session module.
    ///
    /// The account must be migrated. Otherwise reads and operations fail with [`ErrorKind::Service`](crate::ErrorKind::Service):
    /// the contract at the address has other functions, or there is none.
    ///
    /// # Examples
    ///
    /// ```
    /// use leptos::prelude::*;
    /// use use_aa::{BiconomyV2, LocalStore, Nexus, Services, SmartAccountProvider};
    ///
    /// #[component]
    /// fn App(services: Services) -> impl IntoView {
    ///     let account = Nexus::migrated_from(&BiconomyV2::WITHOUT_SESSIONS);
    ///     let store = LocalStore::new();
    ///     view! { <SmartAccountProvider services account store>"The account of before"</SmartAccountProvider> }
    /// }
    /// ```
    #[must_use]
    pub const fn migrated_from(before: &'static dyn AccountKind) -> MigratedKind {
        MigratedKind {
            before,
            kind: Self::KIND,
        }
    }
}

impl MigratedKind {
    /// Removes the session module, for an app without session keys, as [`NexusKind::without_sessions`] does.
    ///
    /// # Examples
    ///
    /// ```
    /// use use_aa::{AccountKind, BiconomyV2, Nexus};
    ///
    /// let kind = Nexus::migrated_from(&BiconomyV2::WITHOUT_SESSIONS).without_sessions();
    /// assert_eq!(kind.name(), "nexus-migrated");
    /// ```
    #[must_use]
    pub const fn without_sessions(self) -> Self {
        Self {
            before: self.before,
            kind: self.kind.without_sessions(),
        }
    }
}

impl AccountKind for MigratedKind {
    fn name(&self) -> &'static str {
        "nexus-migrated"
    }

    fn owned_by(&self, owner: Arc<dyn AccountOwner>) -> Arc<dyn SmartAccount> {
        let address = self.before.owned_by(owner.clone()).address();
        Arc::new(Nexus::new(Some(address), Some(owner), 0, self.kind).with_sessions_installed())
    }

    fn at(&self, address: Address) -> Arc<dyn SmartAccount> {
        self.kind.at(address)
    }

    fn load(&self) -> Option<BoxFuture<'static, Result<(), KindNotLoaded>>> {
        self.before.load()
    }
}

impl fmt::Debug for MigratedKind {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("MigratedKind")
            .field("before", &self.before.name())
            .finish()
    }
}

#[cfg(test)]
mod tests {
    use alloy::signers::local::PrivateKeySigner;

    use super::*;

    /// A kind whose code cannot be loaded.
    struct Unloaded;

    impl AccountKind for Unloaded {
        fn name(&self) -> &'static str {
            "unloaded"
        }

        fn owned_by(&self, owner: Arc<dyn AccountOwner>) -> Arc<dyn SmartAccount> {
            Arc::new(Nexus::at_with_owner(Address::repeat_byte(7), owner))
        }

        fn at(&self, address: Address) -> Arc<dyn SmartAccount> {
            Arc::new(Nexus::at(address))
        }

        fn load(&self) -> Option<BoxFuture<'static, Result<(), KindNotLoaded>>> {
            Some(Box::pin(async { Err(KindNotLoaded) }))
        }
    }

    #[test]
    fn migrated_account_keeps_its_address_and_owner() {
        let owner = PrivateKeySigner::random();
        let before = Nexus::owned_by(owner.clone());
        let kind = Nexus::migrated_from(&Nexus::KIND);

        let after = kind.owned_by(Arc::new(owner.clone()));

        assert_eq!(after.address(), before.address());
        assert_eq!(after.owner().map(|it| it.address()), Some(owner.address()));
        assert_eq!(kind.at(before.address()).address(), before.address());
        // It stands at its address already, and has no counterfactual deployment.
        assert!(after.at_index(1).is_none());
    }

    #[tokio::test]
    async fn code_of_the_kind_before_is_loaded_first() {
        let kind = Nexus::migrated_from(&Unloaded);

        let loaded = kind.load().unwrap().await;

        assert_eq!(loaded, Err(KindNotLoaded));
        assert_eq!(
            kind.owned_by(Arc::new(PrivateKeySigner::random())).address(),
            Address::repeat_byte(7)
        );
        assert!(Nexus::migrated_from(&Nexus::KIND).load().is_none());
    }
}
