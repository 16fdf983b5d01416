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

/// What was learned of the account on chain. Some of it stays true for ever, the rest is a guess that saves asking.
#[derive(Debug, Default)]
pub(super) struct Facts(Mutex<Known>);

#[derive(Debug, Default)]
pub(super) struct Known {
    /// The account's code is on chain. It stays there.
    pub(super) deployed: bool,
    /// Whether it seemed to be there when last heard of, and when that was.
    deployment: Option<(bool, Duration)>,
    /// The root of its sessions when last seen.
    pub(super) root: Option<B256>,
    /// All that a grant builds on when last seen, and when that was.
    seen: Option<(OnChain, Duration)>,
    /// What it held when last seen, and when that was.
    balances: Vec<(Balance, Duration)>,
    /// A grant on its way.
    pub(super) granting: Option<Granting>,
    /// The root that the owner is asked to sign for.
    signing: Option<B256>,
    /// The operations on their way that deploy the account: one, and those that were to take its place.
    pub(super) deploying: Vec<UserOpHash>,
    /// Operations that others have waited for as long as they do.
    pub(super) awaited: Vec<UserOpHash>,
    /// Operations that somebody waits for, as often as somebody does.
    waiting: Vec<UserOpHash>,
}

/// While it lasts somebody waits for an operation.
pub(super) struct Waiting<'a>(&'a Facts, UserOpHash);

impl Drop for Waiting<'_> {
    fn drop(&mut self) {
        let waiting = &mut self.0.lock().waiting;
        let place = waiting.iter().position(|hash| *hash == self.1);
        place.map(|place| waiting.swap_remove(place));
    }
}

/// While it lasts the owner is asked to sign for a root.
pub(super) struct Signing<'a>(&'a Facts);

impl Drop for Signing<'_> {
    fn drop(&mut self) {
        self.0.lock().signing = None;
    }
}

/// A grant on its way, and what will hold once it is included.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Granting {
    pub(super) hash: UserOpHash,
    pub(super) root: B256,
    /// The modules that it enables.
    pub(super) modules: Vec<Address>,
}

impl Known {
    /// Whether the account is deployed, as far as that was heard of lately.
    pub(super) fn is_deployed(&self) -> Option<bool> {
        match self.deployment {
            _ if self.deployed => Some(true),
            Some((deployed, at)) if is_recent(at) => Some(deployed),
            _ => None,
        }
    }

    /// What the account held of an asset, as far as that was seen lately.
    pub(super) fn balance(&self, asset: Asset) -> Option<Balance> {
        let mut seen = self
            .balances
            .iter()
            .filter(|(balance, at)| balance.asset == asset && is_recent(*at));
        seen.next().map(|(balance, _)| *balance)
    }

    /// The grants that somebody is about to make.
    pub(super) fn grants(&self) -> Vec<Grant> {
        let sent = self.granting.as_ref().map(|granting| Grant {
            root: granting.root,
            hash: Some(granting.hash),
        });
        let signing = self.signing.map(|root| Grant { root, hash: None });
        sent.into_iter().chain(signing).collect()
    }

    /// The root that a grant builds on for which the owner is asked. The grant asks the chain for it meanwhile.
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

    /// What an operation that was included makes likely. It is checked when it is used. Gives the grant that it was.
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

    /// Notes an operation on its way that deploys the account.
    pub(super) fn note_deploying(&mut self, hash: UserOpHash) {
        if !self.deploying.contains(&hash) {
            self.deploying.push(hash);
        }
    }

    /// Forgets an operation that will not be included.
    pub(super) fn gone(&mut self, hash: UserOpHash) {
        self.granting.take_if(|granting| granting.hash == hash);
        self.deploying.retain(|other| *other != hash);
    }
}

fn is_recent(seen: Duration) -> bool {
    platform::monotonic().saturating_sub(seen) < Facts::LAST
}

impl Facts {
    /// How old a guess may be.
    const LAST: Duration = Duration::from_secs(60);

    /// Notes that the owner is asked to sign for a root.
    pub(super) fn signing(&self, root: B256) -> Signing<'_> {
        self.lock().signing = Some(root);
        Signing(self)
    }

    /// Notes that somebody waits for an operation.
    pub(super) fn waiting(&self, hash: UserOpHash) -> Waiting<'_> {
        self.lock().waiting.push(hash);
        Waiting(self, hash)
    }

    pub(super) fn lock(&self) -> MutexGuard<'_, Known> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// What a grant builds on, as the chain has it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct OnChain {
    pub(super) deployed: bool,
    /// Those of the modules for sessions that are enabled.
    pub(super) enabled: Vec<Address>,
    pub(super) root: B256,
    /// The next nonce of grants.
    pub(super) nonce: U256,
}

impl SmartAccountClient {
    /// Whether somebody waits for an operation, through this client or a clone of it.
    #[cfg_attr(not(feature = "hooks"), allow(dead_code))]
    pub(crate) fn is_waited_for(&self, hash: UserOpHash) -> bool {
        self.facts.lock().waiting.contains(&hash)
    }

    /// Asks the chain, in one round trip, for all that a grant builds on.
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
            // Where there is no code, nothing answers.
            if deployed && is_enabled? {
                on_chain.enabled.push(module);
            }
        }
        on_chain.enabled.sort_unstable();
        self.facts.lock().seen = Some((on_chain.clone(), platform::monotonic()));
        Ok(on_chain)
    }

    /// What a grant builds on, as far as that was seen lately.
    pub(super) fn likely(&self) -> Option<OnChain> {
        let known = self.facts.lock();
        let (seen, at) = known.seen.as_ref()?;
        is_recent(*at).then(|| seen.clone())
    }

    pub(super) async fn is_enabled(&self, module: Address) -> Result<bool, ServiceError> {
        let call = SmartAccount::isModuleEnabledCall { module };
        self.services.node.call(self.address, &call).await
    }

    /// Whether the account is deployed.
    pub(super) async fn deployed(&self) -> Result<bool, Error> {
        if self.facts.lock().deployed {
            return Ok(true);
        }
        let deployed = !self.services.node.code(self.address).await?.is_empty();
        let mut known = self.facts.lock();
        // A slow answer does not undo a newer one: what is deployed stays so.
        known.deployed |= deployed;
        known.deployment = Some((deployed, platform::monotonic()));
        Ok(known.deployed)
    }

    /// The root that the chain holds now.
    pub(super) async fn root_on_chain(&self) -> Result<B256, Error> {
        let call = SessionKeyManager::getSessionKeysCall {
            smartAccount: self.address,
        };
        let manager = self.services.contracts.session_key_manager;
        let root = self.services.node.call(manager, &call).await?;
        self.facts.lock().root = Some(root);
        Ok(root)
    }

    /// The next nonce of grants.
    pub(super) async fn nonce_of_grants(&self) -> Result<U256, Error> {
        self.nonce(GRANTS).await
    }

    /// The next nonce of a key that was used before.
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

/// All grants of an account share a nonce key. Two that build on the same root get the same nonce, and the chain
/// takes only one of them.
const GRANTS: NonceKey = NonceKey::from_bytes(*b"use-aa session grants v1");
