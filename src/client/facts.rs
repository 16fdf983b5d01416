use std::sync::{Mutex, MutexGuard, PoisonError};

use alloy::primitives::{B256, U256};

use super::{Error, SmartAccountClient};
use crate::{
    contracts::{
        account::SmartAccount,
        entry_point::EntryPointV06,
        modules::{SESSION_KEY_MANAGER, SessionKeyManager},
    },
    primitives::{NonceKey, UserOpHash},
};

/// What was learned of the account on chain. Some of it stays true for ever, the rest is a guess that saves asking.
#[derive(Debug, Default)]
pub(super) struct Facts(Mutex<Known>);

#[derive(Debug, Default)]
pub(super) struct Known {
    /// The account's code is on chain. It stays there.
    pub(super) deployed: bool,
    /// The session key manager is one of its modules.
    pub(super) manager_enabled: bool,
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
#[derive(Clone, Copy, Debug)]
pub(super) struct OnChain {
    pub(super) deployed: bool,
    pub(super) manager_enabled: bool,
    pub(super) root: B256,
}

impl SmartAccountClient {
    /// Asks the chain, in one round trip, for what is not certain.
    pub(super) async fn on_chain(&self) -> Result<OnChain, Error> {
        let (deployed, root) = futures::join!(self.deployment(), self.root_on_chain());
        let (deployed, manager_enabled) = deployed?;
        Ok(OnChain {
            deployed,
            manager_enabled,
            root: root?,
        })
    }

    /// Whether the account is deployed, and whether its session key manager is enabled.
    async fn deployment(&self) -> Result<(bool, bool), Error> {
        {
            let known = self.facts.lock();
            if known.deployed && known.manager_enabled {
                return Ok((true, true));
            }
        }
        let is_enabled = SmartAccount::isModuleEnabledCall {
            module: SESSION_KEY_MANAGER,
        };
        let (code, enabled) = futures::join!(
            self.services.node.code(self.address),
            self.services.node.call(self.address, &is_enabled),
        );
        let deployed = !code?.is_empty();
        // Where there is no code, nothing answers.
        let manager_enabled = deployed && enabled?;
        let mut known = self.facts.lock();
        // A slow answer does not undo a newer one: what is deployed stays so.
        known.deployed |= deployed;
        known.manager_enabled |= manager_enabled;
        Ok((deployed, manager_enabled))
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
        let root = self.services.node.call(SESSION_KEY_MANAGER, &call).await?;
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
