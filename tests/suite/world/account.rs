use std::collections::{BTreeMap, BTreeSet};

use alloy::{
    primitives::{Address, B256},
    sol_types::SolCall,
};
use use_aa::session::smart_sessions::SmartSession;

use super::{
    Refusal,
    abi::{OWNERSHIP, SMART_SESSION, SmartAccount},
    chain::decode,
};

/// A deployed account.
#[derive(Clone, Debug)]
pub(crate) struct Account {
    pub(super) owner: Address,
    pub(crate) modules: Vec<Address>,
    /// The sessions of an account with the session key manager.
    pub(crate) root: B256,
    /// The sessions of an account with Smart Sessions, by their permission ids.
    pub(super) sessions: BTreeMap<B256, SmartSession>,
    /// The sessions whose grants by a signature were used or revoked.
    pub(super) used_grants: BTreeSet<B256>,
    /// The contracts that may ask the default validator of a Nexus account for signatures.
    pub(super) safe_senders: BTreeSet<Address>,
}

impl Account {
    pub(super) fn of(owner: Address, is_nexus: bool) -> Self {
        let modules = if is_nexus { SMART_SESSION } else { OWNERSHIP };
        Self {
            owner,
            modules: vec![modules],
            root: B256::ZERO,
            sessions: BTreeMap::new(),
            used_grants: BTreeSet::new(),
            safe_senders: is_nexus.then_some(SMART_SESSION).into_iter().collect(),
        }
    }

    pub(super) fn is_nexus(&self) -> bool {
        !self.modules.contains(&OWNERSHIP)
    }

    /// Formats the state, without the owner.
    pub(super) fn describe(&self) -> String {
        let (modules, sessions) = (self.modules.len(), self.sessions());
        let Self {
            root,
            used_grants,
            safe_senders,
            ..
        } = self;
        format!("{modules} {root} {sessions:?} {used_grants:?} {safe_senders:?}")
    }

    /// Returns the permission ids of the enabled sessions.
    pub(super) fn sessions(&self) -> Vec<B256> {
        self.sessions.keys().copied().collect()
    }

    pub(super) fn call(&mut self, data: &[u8]) -> Result<(), Refusal> {
        if data.starts_with(&SmartAccount::disableModuleCall::SELECTOR) {
            let module = decode::<SmartAccount::disableModuleCall>(data)?.module;
            self.modules.retain(|other| *other != module);
            return Ok(());
        }
        let module = decode::<SmartAccount::enableModuleCall>(data)?.module;
        match self.modules.contains(&module) {
            true => Err(Refusal::reverted("ModuleAlreadyEnabled")),
            false => {
                self.modules.push(module);
                Ok(())
            }
        }
    }
}
