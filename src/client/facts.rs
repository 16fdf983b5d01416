use std::{
    sync::{Mutex, MutexGuard, PoisonError},
    time::Duration,
};

use alloy::primitives::{Address, B256, U256};
use futures::future::join_all;

use super::{Asset, Balance, Error, SmartAccountClient};
use crate::{
    contracts::{account::SmartAccount, entry_point::EntryPointV06, modules::SessionKeyManager},
    platform,
    primitives::{NonceKey, UserOpHash},
    rpc::ServiceError,
    session::Grant,
};

/// The chain cache of an account. Some entries are permanent, the others are recent values that save a
/// request.
#[derive(Debug, Default)]
pub(super) struct Facts(Mutex<Known>);

#[derive(Debug, Default)]
pub(super) struct Known {
    /// True when the account's code is known to be on chain. Deployed code stays there.
    pub(super) deployed: bool,
    /// The account's deployment state when last seen, and the time of that.
    deployment: Option<(bool, Duration)>,
    /// The Merkle root of the sessions when last seen.
    pub(super) root: Option<B256>,
    /// The chain state that a grant builds on when last seen, and the time of that.
    seen: Option<(OnChain, Duration)>,
    /// The account's balances when last seen, and the time of each.
    balances: Vec<(Balance, Duration)>,
    /// The pending grant.
    pub(super) granting: Option<Granting>,
    /// The Merkle root that the owner is being asked to sign.
    signing: Option<B256>,
    /// The pending operations that deploy the account: one, and those that were sent to replace it.
    pub(super) deploying: Vec<UserOpHash>,
    /// Operations that others have already waited for until the timeout of the lock.
    pub(super) awaited: Vec<UserOpHash>,
    /// Operations that are being waited for, with one entry for each waiter.
    waiting: Vec<UserOpHash>,
}

/// A guard that marks an operation as being waited for until the guard is dropped.
pub(super) struct Waiting<'a>(&'a Facts, UserOpHash);

impl Drop for Waiting<'_> {
    fn drop(&mut self) {
        let waiting = &mut self.0.lock().waiting;
        let place = waiting.iter().position(|hash| *hash == self.1);
        place.map(|place| waiting.swap_remove(place));
    }
}

/// A guard that marks a Merkle root as being signed until the guard is dropped.
pub(super) struct Signing<'a>(&'a Facts);

impl Drop for Signing<'_> {
    fn drop(&mut self) {
        self.0.lock().signing = None;
    }
}

/// A pending grant, and the state on chain after its inclusion.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Granting {
    pub(super) hash: UserOpHash,
    pub(super) root: B256,
    /// The modules that the grant enables.
    pub(super) modules: Vec<Address>,
}

impl Known {
    /// Returns the account's deployment state if it was seen within the last 60 s.
    pub(super) fn is_deployed(&self) -> Option<bool> {
        match self.deployment {
            _ if self.deployed => Some(true),
            Some((deployed, at)) if is_recent(at) => Some(deployed),
            _ => None,
        }
    }

    /// Returns the account's balance of an asset if it was seen within the last 60 s.
    pub(super) fn balance(&self, asset: Asset) -> Option<Balance> {
        let mut seen = self
            .balances
            .iter()
            .filter(|(balance, at)| balance.asset == asset && is_recent(*at));
        seen.next().map(|(balance, _)| *balance)
    }

    /// Returns the grants that are pending or being signed.
    pub(super) fn grants(&self) -> Vec<Grant> {
        let sent = self.granting.as_ref().map(|granting| Grant {
            root: granting.root,
            hash: Some(granting.hash),
        });
        let signing = self.signing.map(|root| Grant { root, hash: None });
        sent.into_iter().chain(signing).collect()
    }

    /// Returns the Merkle root that the grant being signed builds on. The grant itself requests that root
    /// from the chain in parallel.
    pub(super) fn base(&self) -> Option<B256> {
        self.signing?;
        let (seen, at) = self.seen.as_ref()?;
        is_recent(*at).then_some(seen.root)
    }

    pub(super) fn note_balance(&mut self, balance: Balance) {
        self.balances
            .retain(|(other, at)| other.asset != balance.asset && is_recent(*at));
        self.balances.push((balance, platform::monotonic()));
    }

    /// Updates the cache with the expected effects of an included operation, and returns the grant if the
    /// operation was one. Users of the cache verify these values.
    pub(super) fn included(&mut self, hash: UserOpHash, success: bool) -> Option<Granting> {
        if self.deploying.contains(&hash) {
            self.deploying.clear();
            self.deployment = Some((true, platform::monotonic()));
            if let Some((seen, _)) = &mut self.seen {
                seen.deployed = true;
            }
        }
        let granted = self.granting.take_if(|granting| granting.hash == hash)?;
        if !success {
            self.seen = None;
            return Some(granted);
        }
        self.root = Some(granted.root);
        if let Some((seen, _)) = &mut self.seen {
            seen.root = granted.root;
            seen.nonce = seen.nonce.saturating_add(U256::from(1));
            seen.deployed = true;
            seen.enabled.extend(&granted.modules);
            seen.enabled.sort_unstable();
        }
        Some(granted)
    }

    /// Records a pending operation that deploys the account.
    pub(super) fn note_deploying(&mut self, hash: UserOpHash) {
        if !self.deploying.contains(&hash) {
            self.deploying.push(hash);
        }
    }

    /// Removes an operation that will not be included.
    pub(super) fn gone(&mut self, hash: UserOpHash) {
        self.granting.take_if(|granting| granting.hash == hash);
        self.deploying.retain(|other| *other != hash);
    }
}

fn is_recent(seen: Duration) -> bool {
    platform::monotonic().saturating_sub(seen) < Facts::LAST
}

impl Facts {
    /// The maximum age of a cached value that is not permanent: 60 s.
    const LAST: Duration = Duration::from_secs(60);

    /// Records that the owner is being asked to sign a Merkle root.
    pub(super) fn signing(&self, root: B256) -> Signing<'_> {
        self.lock().signing = Some(root);
        Signing(self)
    }

    /// Records that an operation is being waited for.
    pub(super) fn waiting(&self, hash: UserOpHash) -> Waiting<'_> {
        self.lock().waiting.push(hash);
        Waiting(self, hash)
    }

    pub(super) fn lock(&self) -> MutexGuard<'_, Known> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// The chain state that a grant builds on.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct OnChain {
    pub(super) deployed: bool,
    /// The session modules that are enabled.
    pub(super) enabled: Vec<Address>,
    pub(super) root: B256,
    /// The next nonce of the key that all grants share.
    pub(super) nonce: U256,
}

impl SmartAccountClient {
    /// Returns true if an operation is being waited for through this client or a clone of it.
    #[cfg_attr(not(feature = "hooks"), allow(dead_code))]
    pub(crate) fn is_waited_for(&self, hash: UserOpHash) -> bool {
        self.facts.lock().waiting.contains(&hash)
    }

    /// Requests the chain state that a grant builds on, in one round trip.
    pub(super) async fn on_chain(&self) -> Result<OnChain, Error> {
        let contracts = &self.services.contracts;
        let modules = [contracts.session_key_manager, contracts.batched_session_router];
        let (deployed, enabled, root, nonce) = futures::join!(
            self.deployed(),
            join_all(modules.map(|module| self.is_enabled(module))),
            self.root_on_chain(),
            self.nonce_of_grants(),
        );
        let deployed = deployed?;
        let mut on_chain = OnChain {
            deployed,
            enabled: Vec::new(),
            root: root?,
            nonce: nonce?,
        };
        for (module, is_enabled) in modules.into_iter().zip(enabled) {
            // An address without code does not answer the call.
            if deployed && is_enabled? {
                on_chain.enabled.push(module);
            }
        }
        on_chain.enabled.sort_unstable();
        self.facts.lock().seen = Some((on_chain.clone(), platform::monotonic()));
        Ok(on_chain)
    }

    /// Returns the chain state that a grant builds on if it was seen within the last 60 s.
    pub(super) fn likely(&self) -> Option<OnChain> {
        let known = self.facts.lock();
        let (seen, at) = known.seen.as_ref()?;
        is_recent(*at).then(|| seen.clone())
    }

    pub(super) async fn is_enabled(&self, module: Address) -> Result<bool, ServiceError> {
        let call = SmartAccount::isModuleEnabledCall { module };
        self.services.node.call(self.address, &call).await
    }

    /// Returns true if the account is deployed.
    pub(super) async fn deployed(&self) -> Result<bool, Error> {
        if self.facts.lock().deployed {
            return Ok(true);
        }
        let deployed = !self.services.node.code(self.address).await?.is_empty();
        let mut known = self.facts.lock();
        // A slow answer does not undo a newer one: a deployed account stays deployed.
        known.deployed |= deployed;
        known.deployment = Some((deployed, platform::monotonic()));
        Ok(known.deployed)
    }

    /// Requests the Merkle root that the chain holds now.
    pub(super) async fn root_on_chain(&self) -> Result<B256, Error> {
        let call = SessionKeyManager::getSessionKeysCall {
            smartAccount: self.address,
        };
        let manager = self.services.contracts.session_key_manager;
        let root = self.services.node.call(manager, &call).await?;
        self.facts.lock().root = Some(root);
        Ok(root)
    }

    /// Requests the next nonce of the key that all grants share.
    pub(super) async fn nonce_of_grants(&self) -> Result<U256, Error> {
        self.nonce(GRANTS).await
    }

    /// Requests the next nonce of a key from the entry point.
    pub(super) async fn nonce(&self, key: NonceKey) -> Result<U256, Error> {
        let call = EntryPointV06::getNonceCall {
            sender: self.address,
            key: key.0,
        };
        Ok(self
            .services
            .node
            .call(self.services.entry_point.address, &call)
            .await?)
    }
}

/// The nonce key of all grants of an account. Two grants that build on the same root get the same nonce, and
/// the chain includes only one of them.
const GRANTS: NonceKey = NonceKey::from_bytes(*b"use-aa session grants v1");
