use std::sync::Arc;

use super::{InitialModules, NexusContracts};
use crate::session::{
    NoSessions, SessionModule,
    smart_sessions::{SmartSessions, SmartSessionsContracts},
};

/// The kind of [`Nexus`](super::Nexus) accounts: the contracts of a release, the modules of new accounts and the session module.
#[derive(Clone, Copy, Debug)]
pub struct NexusKind {
    pub(super) contracts: NexusContracts,
    pub(super) modules: InitialModules,
    /// True if the account is its owner's own address.
    pub(super) is_delegated: bool,
    /// Creates the session module. The flag is true if the account has the module from its deployment on.
    pub(super) sessions: fn(&NexusContracts, bool) -> Arc<dyn SessionModule>,
}

impl NexusKind {
    /// Sets the contracts of the accounts. The default is [`NexusContracts::V1_2_0`].
    #[must_use]
    pub const fn contracts(self, contracts: NexusContracts) -> Self {
        Self { contracts, ..self }
    }

    /// Sets the modules of new accounts. The default is [`InitialModules::Sessions`].
    #[must_use]
    pub const fn initial_modules(self, modules: InitialModules) -> Self {
        Self { modules, ..self }
    }

    /// Removes the session module, for an app without session keys: the app links no code of sessions.
    ///
    /// The accounts have the same addresses and names. Sessions that an account has granted in another app stay in force;
    /// they are neither listed nor revoked.
    ///
    /// # Examples
    ///
    /// ```
    /// use leptos::prelude::*;
    /// use use_aa::{LocalStore, Nexus, Services, SmartAccountProvider};
    ///
    /// #[component]
    /// fn App(services: Services) -> impl IntoView {
    ///     let (account, store) = (Nexus::DELEGATED.without_sessions(), LocalStore::without_keys());
    ///     view! { <SmartAccountProvider services account store>"No sessions"</SmartAccountProvider> }
    /// }
    /// ```
    #[must_use]
    pub const fn without_sessions(self) -> Self {
        Self {
            sessions: |_, _| Arc::new(NoSessions),
            ..self
        }
    }
}

/// Creates the session module of accounts. `is_installed` is true if an account has the module from its deployment on.
pub(super) fn smart_sessions(contracts: &NexusContracts, is_installed: bool) -> Arc<dyn SessionModule> {
    let contracts = SmartSessionsContracts {
        module: contracts.smart_session,
        k1_validator: contracts.k1_validator,
        ..SmartSessionsContracts::CANONICAL
    };
    Arc::new(SmartSessions::new(contracts, is_installed))
}
