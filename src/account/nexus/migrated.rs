use std::{fmt, sync::Arc};

use alloy::primitives::Address;
use futures::future::BoxFuture;

use super::Nexus;
use crate::{
    account::{AccountKind, KindNotLoaded, SmartAccount},
    signer::AccountOwner,
};

/// The kind of [`Nexus`] accounts that were migrated, at the addresses of the kind before.
#[derive(Clone, Copy)]
pub struct MigratedKind {
    before: &'static dyn AccountKind,
}

impl Nexus {
    /// Returns the kind of accounts that were [migrated](Self::migration): at the address that the kind before gives an
    /// owner, with the session module. An account that is not migrated yet cannot be used through this kind.
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
        MigratedKind { before }
    }
}

impl AccountKind for MigratedKind {
    fn name(&self) -> &'static str {
        "nexus-migrated"
    }

    fn owned_by(&self, owner: Arc<dyn AccountOwner>) -> Arc<dyn SmartAccount> {
        let address = self.before.owned_by(owner.clone()).address();
        Arc::new(Nexus::at_with_owner(address, owner).with_sessions_installed())
    }

    fn at(&self, address: Address) -> Arc<dyn SmartAccount> {
        Arc::new(Nexus::at(address).with_sessions_installed())
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
}
