use std::sync::{Mutex, MutexGuard, PoisonError};

use alloy::primitives::{Address, B256, U256};
use futures::future::join_all;

use super::{Error, SmartAccountClient};
use crate::{
    contracts::{account::SmartAccount, entry_point::EntryPointV06, modules::SessionKeyManager},
    primitives::{NonceKey, UserOpHash},
    rpc::ServiceError,
};

/// What was learned of the account on chain. Some of it stays true for ever, the rest is a guess that saves asking.
#[derive(Debug, Default)]
pub(super) struct Facts(Mutex<Known>);

#[derive(Debug, Default)]
pub(super) struct Known {
    /// The account's code is on chain. It stays there.
    pub(super) deployed: bool,
    /// Some of its modules.
    pub(super) enabled: Vec<Address>,
    /// The root of its sessions when last seen.
    pub(super) root: Option<B256>,
    /// A grant on its way, and the root it will set.
    pub(super) granting: Option<(UserOpHash, B256)>,
    /// An operation on its way that deploys the account.
    pub(super) deploying: Option<UserOpHash>,
}

impl Facts {
    pub(super) fn lock(&self) -> MutexGuard<'_, Known> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// The account as the chain has it.
#[derive(Clone, Debug)]
pub(super) struct OnChain {
    pub(super) deployed: bool,
    /// The modules that were asked about and are not enabled.
    pub(super) missing: Vec<Address>,
    pub(super) root: B256,
}

impl SmartAccountClient {
    /// Asks the chain, in one round trip, for what is not certain.
    pub(super) async fn on_chain(&self, modules: &[Address]) -> Result<OnChain, Error> {
        let (deployment, root) = futures::join!(self.deployment(modules), self.root_on_chain());
        let (deployed, missing) = deployment?;
        Ok(OnChain {
            deployed,
            missing,
            root: root?,
        })
    }

    /// Whether the account is deployed, and which of some modules are not enabled.
    async fn deployment(&self, modules: &[Address]) -> Result<(bool, Vec<Address>), Error> {
        let unknown = {
            let known = self.facts.lock();
            let unknown = modules.iter().filter(|module| !known.enabled.contains(module));
            let unknown = unknown.copied().collect::<Vec<_>>();
            if known.deployed && unknown.is_empty() {
                return Ok((true, unknown));
            }
            unknown
        };
        let enabled = unknown.iter().map(|module| self.is_enabled(*module));
        let (code, enabled) = futures::join!(self.services.node.code(self.address), join_all(enabled));
        let deployed = !code?.is_empty();
        let mut missing = Vec::new();
        for (module, is_enabled) in unknown.into_iter().zip(enabled) {
            // Where there is no code, nothing answers.
            match deployed && is_enabled? {
                true => self.facts.lock().enabled.push(module),
                false => missing.push(module),
            }
        }
        // A slow answer does not undo a newer one: what is deployed stays so.
        self.facts.lock().deployed |= deployed;
        Ok((deployed, missing))
    }

    async fn is_enabled(&self, module: Address) -> Result<bool, ServiceError> {
        let call = SmartAccount::isModuleEnabledCall { module };
        self.services.node.call(self.address, &call).await
    }

    /// Whether the account is deployed.
    pub(super) async fn deployed(&self) -> Result<bool, Error> {
        if self.facts.lock().deployed {
            return Ok(true);
        }
        let deployed = !self.services.node.code(self.address).await?.is_empty();
        self.facts.lock().deployed |= deployed;
        Ok(deployed)
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
