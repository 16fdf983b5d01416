use alloy::primitives::{Address, B256, keccak256};

use super::{
    Grant, KeyValidator, Packing, SmartSession, SmartSessionsContracts,
    contracts::SmartSessionModule::getPermissionIDsCall, ledger::SmartLedger,
};
use crate::{
    permission::{Permission, PolicyError},
    primitives::{Call, ContractCall, NonceKey, Words, checksum},
    session::{GrantId, Proposal, Revocation, SessionChange, SessionLedger, SessionModule, SessionState},
    signer::TypedData,
    store::StoreError,
};

/// Smart Sessions as the session module of an account kind. The sessions of an account are independent of each other:
/// those of other devices live beside this one's.
///
/// # Examples
///
/// ```
/// use use_aa::session::{SessionModule, smart_sessions::SmartSessions};
///
/// let sessions = SmartSessions::new(SmartSessions::CANONICAL, true);
/// assert!(sessions.deploys_account());
/// assert!(sessions.required_modules(false).is_empty());
/// ```
#[derive(Clone, Copy, Debug)]
pub struct SmartSessions {
    pub(super) contracts: SmartSessionsContracts,
    pub(super) packing: Packing,
    /// True if an account has the module from its deployment on.
    is_installed: bool,
}

impl SmartSessions {
    /// The canonical deployment.
    pub const CANONICAL: SmartSessionsContracts = SmartSessionsContracts::CANONICAL;

    /// Creates the module for a deployment of its contracts. `is_installed` is true if accounts have the module from
    /// their deployment on. Then the owner grants sessions by a signature, and otherwise by an operation that installs
    /// the module.
    #[must_use]
    pub const fn new(contracts: SmartSessionsContracts, is_installed: bool) -> Self {
        Self {
            contracts,
            packing: Packing::DEFAULT,
            is_installed,
        }
    }

    /// Sets the form of the grants in operations. The default is the cheaper one at the prices of Ethereum.
    #[must_use]
    pub const fn packing(self, packing: Packing) -> Self {
        Self { packing, ..self }
    }

    /// The nonce key of the operations that change sessions.
    const GRANTS: NonceKey = NonceKey::from_bytes(*b"use-aa session grants v1");

    /// Returns the session that a change grants.
    pub(super) fn granted(&self, change: &SessionChange) -> Result<SmartSession, PolicyError> {
        let SessionChange {
            permissions,
            id,
            salt,
            ..
        } = change;
        let session = SmartSession::granting(permissions, KeyValidator::K1, *id, *salt, &self.contracts)?;
        Ok(match change.is_sponsored {
            true => session.with_paymaster(&self.contracts),
            false => session,
        })
    }

    /// Returns the proposal of a change: the calls that end sessions, and the one that enables the new session.
    pub(super) fn proposal(
        &self,
        state: &SessionState,
        ended: &[B256],
        granted: Option<SmartSession>,
        is_all: bool,
    ) -> Proposal {
        // Both calls: a first operation that is pending may enable the session before.
        let end = |id: &B256| SmartSession::revoke(*id, &self.contracts);
        let mut calls = ended.iter().flat_map(end).collect::<Vec<Call>>();
        let grant = match &granted {
            _ if is_all => GrantId::NONE,
            Some(session) => GrantId(session.permission_id()),
            None => revocation(ended),
        };
        let mut after = state.0.clone();
        after.retain(|id| !ended.contains(id));
        after.extend(granted.as_ref().map(SmartSession::permission_id));
        after.sort_unstable();
        calls.extend(granted.map(|session| SmartSession::enable(vec![session], &self.contracts)));
        Proposal {
            grant,
            calls,
            after: SessionState(after),
            is_new: true,
        }
    }
}

impl SessionModule for SmartSessions {
    fn store_key(&self, chain_id: u64, account: Address) -> String {
        format!("use-aa:smart-sessions:{chain_id}:{}", checksum(&account))
    }

    fn nonce_key(&self) -> NonceKey {
        Self::GRANTS
    }

    fn modules(&self) -> Vec<Address> {
        match self.is_installed {
            true => Vec::new(),
            false => vec![self.contracts.module],
        }
    }

    fn required_modules(&self, _for_batches: bool) -> Vec<Address> {
        self.modules()
    }

    /// The permission ids of the enabled sessions, in ascending order.
    fn state(&self, account: Address) -> ContractCall<SessionState> {
        let call = getPermissionIDsCall { account };
        ContractCall::decoded_by(self.contracts.module, &call, |result| {
            let words = Words(result).words(0);
            let mut ids = words.ok_or(alloy::sol_types::Error::Overrun)?;
            ids.sort_unstable();
            Ok(SessionState(ids))
        })
    }

    /// The state after the first use of a grant. A renewal ends another session too, which its id does not name.
    fn after(&self, state: &SessionState, grant: GrantId) -> Option<SessionState> {
        let mut ids = state.0.clone();
        match ids.binary_search(&grant.0) {
            _ if grant.is_none() => ids.clear(),
            _ if is_revocation(grant) => return None,
            Err(place) => ids.insert(place, grant.0),
            Ok(_) => {}
        }
        Some(SessionState(ids))
    }

    fn deploys_account(&self) -> bool {
        self.is_installed
    }

    fn supports(&self, permission: &Permission) -> Result<(), PolicyError> {
        let permission = [permission.clone()];
        SmartSession::granting(
            &permission,
            KeyValidator::K1,
            Address::ZERO,
            B256::ZERO,
            &self.contracts,
        )
        .map(drop)
    }

    fn grant_data(
        &self,
        change: &SessionChange,
        account: Address,
        chain_id: u64,
    ) -> Result<Option<TypedData>, PolicyError> {
        if !self.is_installed || change.revoked != Revocation::None {
            return Ok(None);
        }
        let session = self.granted(change)?;
        let grant = Grant::new(account, chain_id, session, &self.contracts);
        Ok(Some(grant.typed_data()))
    }

    fn revoke_all(&self, state: &SessionState) -> Proposal {
        self.proposal(state, &state.0, None, true)
    }

    fn ledger(&self, text: Option<&str>) -> Result<Box<dyn SessionLedger>, StoreError> {
        Ok(Box::new(SmartLedger::read(text, *self)?))
    }

    fn new_ledger(&self) -> Box<dyn SessionLedger> {
        Box::new(SmartLedger::new(*self))
    }

    fn ledger_in_place_of_damaged(&self) -> Box<dyn SessionLedger> {
        Box::new(SmartLedger::in_place_of_damaged(*self))
    }
}

/// Returns the id of a grant that only ends sessions. Its first 8 bytes are 0, unlike those of a permission id.
fn revocation(ended: &[B256]) -> GrantId {
    let mut id = keccak256(ended.concat());
    id[..8].fill(0);
    GrantId(id)
}

fn is_revocation(grant: GrantId) -> bool {
    grant.0[..8] == [0; 8]
}
