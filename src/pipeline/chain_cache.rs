use std::{
    sync::{Arc, Mutex, MutexGuard, PoisonError},
    time::Duration,
};

use alloy::primitives::{Address, U256};

use super::{Pipeline, lanes::Lanes};
use crate::{
    contracts::token::Erc20,
    error::{Error, ErrorKind},
    platform::{self, BoxFuture},
    primitives::{Asset, Balance, NonceKey, UserOpHash, delegate_of, delegation_code},
    rpc::{ServiceError, StateOverride},
    session::{GrantId, PendingGrant, SessionState},
};

/// The chain cache of an account. Some entries are permanent, the others are recent values that save a
/// request.
#[derive(Debug, Default)]
pub(crate) struct ChainCache(Mutex<Known>);

#[derive(Debug, Default)]
pub(crate) struct Known {
    /// True when the account's code is known to be on chain. Deployed code stays there.
    pub(crate) deployed: bool,
    /// The account's deployment state when last seen, and the time of that.
    deployment: Option<(bool, Duration)>,
    /// True when the owner was seen to be no contract.
    pub(crate) is_owner_a_key: bool,
    /// The number of transactions that the owner of an account without a delegation has sent, which a delegation names.
    pub(crate) owner_nonce: u64,
    /// The sessions on chain when last seen.
    pub(crate) sessions: Option<SessionState>,
    /// The chain state that a grant builds on when last seen, and the time of that.
    pub(crate) seen: Option<(Arc<ObservedState>, Duration)>,
    /// The account's balances when last seen, and the time of each.
    balances: Vec<(Balance, Duration)>,
    /// The pending grant.
    pub(crate) granting: Option<SubmittedGrant>,
    /// The grant that the owner is being asked to sign.
    signing: Option<GrantId>,
    /// The pending operations that deploy the account: one, and those that were sent to replace it.
    pub(crate) deploying: Vec<UserOpHash>,
    /// Operations that others have already waited for until the timeout of the lock.
    pub(crate) awaited: Vec<UserOpHash>,
    /// The tokens whose allowance was set to 0 before a new one.
    pub(crate) resets: Vec<Address>,
    /// The nonce lanes that this client has begun.
    pub(crate) lanes: Lanes,
}

/// A guard that marks a grant as being signed until the guard is dropped.
pub(crate) struct Signing<'a>(&'a ChainCache);

impl Drop for Signing<'_> {
    fn drop(&mut self) {
        self.0.lock().signing = None;
    }
}

/// A pending grant, and the state on chain after its inclusion.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct SubmittedGrant {
    pub(crate) hash: UserOpHash,
    pub(crate) grant: GrantId,
    /// The sessions on chain after its inclusion, if known.
    pub(crate) after: Option<SessionState>,
    /// The modules that the grant enables.
    pub(crate) modules: Vec<Address>,
    /// True if the session's own operation puts the grant into force, before its calls are made.
    pub(crate) by_session: bool,
}

impl Known {
    /// Returns the account's deployment state if it was seen within the last 60 s.
    pub(crate) fn is_deployed(&self) -> Option<bool> {
        match self.deployment {
            _ if self.deployed => Some(true),
            Some((deployed, at)) if is_recent(at) => Some(deployed),
            _ => None,
        }
    }

    /// Replaces the account's deployment state by the one that the entry point has named. Returns true if the state is
    /// another one.
    pub(crate) fn learn_deployment(&mut self, deployed: bool) -> bool {
        let is_new = self.deployed != deployed;
        self.deployed = deployed;
        self.deployment = None;
        self.seen = None;
        is_new
    }

    /// Returns the account's balance of an asset if it was seen within the last 60 s.
    pub(crate) fn balance(&self, asset: Asset) -> Option<Balance> {
        let mut seen = self
            .balances
            .iter()
            .filter(|(balance, at)| balance.asset == asset && is_recent(*at));
        seen.next().map(|(balance, _)| *balance)
    }

    /// Returns the grants that are pending or being signed.
    pub(crate) fn grants(&self) -> Vec<PendingGrant> {
        let sent = self.granting.as_ref().map(|granting| PendingGrant {
            grant: granting.grant,
            hash: Some(granting.hash),
        });
        let signing = self.signing.map(|grant| PendingGrant { grant, hash: None });
        sent.into_iter().chain(signing).collect()
    }

    /// Returns the sessions on chain that the grant being signed builds on. The grant itself requests that state from
    /// the chain in parallel.
    pub(crate) fn base(&self) -> Option<SessionState> {
        self.signing?;
        let (seen, at) = self.seen.as_ref()?;
        is_recent(*at).then(|| seen.sessions.clone())
    }

    pub(crate) fn record_balance(&mut self, balance: Balance) {
        self.balances
            .retain(|(other, at)| other.asset != balance.asset && is_recent(*at));
        self.balances.push((balance, platform::monotonic()));
    }

    /// Updates the cache with the expected effects of an included operation, and returns the grant if the
    /// operation was one. Users of the cache verify these values.
    pub(crate) fn included(&mut self, hash: UserOpHash, success: bool) -> Option<SubmittedGrant> {
        if self.deploying.contains(&hash) {
            self.deploying.clear();
            self.deployment = Some((true, platform::monotonic()));
            if let Some((seen, _)) = &mut self.seen {
                Arc::make_mut(seen).deployed = true;
            }
        }
        let granted = self.granting.take_if(|granting| granting.hash == hash)?;
        if !success && !granted.by_session {
            self.seen = None;
            return Some(granted);
        }
        self.sessions.clone_from(&granted.after);
        if granted.by_session {
            self.seen = None;
        }
        if let (Some((seen, _)), Some(after)) = (&mut self.seen, &granted.after) {
            let seen = Arc::make_mut(seen);
            seen.sessions.clone_from(after);
            seen.nonce = seen.nonce.saturating_add(U256::from(1));
            seen.deployed = true;
            granted.modules.iter().for_each(|module| seen.enable(*module));
        }
        Some(granted)
    }

    /// Records a token whose allowance was set to 0 before a new one.
    pub(crate) fn record_reset(&mut self, token: Address) {
        if !self.resets.contains(&token) {
            self.resets.push(token);
        }
    }

    /// Records a pending operation that deploys the account.
    pub(crate) fn record_deploying(&mut self, hash: UserOpHash) {
        if !self.deploying.contains(&hash) {
            self.deploying.push(hash);
        }
    }

    /// Removes an operation that will not be included.
    pub(crate) fn gone(&mut self, hash: UserOpHash) {
        self.granting.take_if(|granting| granting.hash == hash);
        self.deploying.retain(|other| *other != hash);
    }
}

pub(crate) fn is_recent(seen: Duration) -> bool {
    platform::monotonic().saturating_sub(seen) < ChainCache::LAST
}

impl ChainCache {
    /// The maximum age of a cached value that is not permanent: 60 s.
    const LAST: Duration = Duration::from_secs(60);

    /// Records that the owner is being asked to sign a grant.
    pub(crate) fn signing(&self, grant: GrantId) -> Signing<'_> {
        self.lock().signing = Some(grant);
        Signing(self)
    }

    pub(crate) fn lock(&self) -> MutexGuard<'_, Known> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// The chain state that a grant builds on.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct ObservedState {
    pub(crate) deployed: bool,
    /// The session modules that are enabled, in ascending order.
    pub(crate) enabled: Vec<Address>,
    pub(crate) sessions: SessionState,
    /// The next nonce of the key that all grants share.
    pub(crate) nonce: U256,
    /// The nonce of the owner's EOA, while it has no delegation.
    pub(crate) owner_nonce: Option<u64>,
}

impl ObservedState {
    /// Adds an enabled module.
    pub(crate) fn enable(&mut self, module: Address) {
        let place = self.enabled.partition_point(|other| *other < module);
        if self.enabled.get(place) != Some(&module) {
            self.enabled.insert(place, module);
        }
    }
}

impl Pipeline {
    /// Returns true if a module is enabled. The storage of an EOA outlasts a delegation, so it is read with the code that
    /// the next one brings.
    pub(crate) fn is_enabled(&self, module: Address) -> BoxFuture<'_, Result<bool, ServiceError>> {
        let question = self.account.is_module_enabled(module);
        let Some(delegate) = self.account.delegate() else {
            return self.services.node.read(question);
        };
        Box::pin(async move {
            let node = &self.services.node;
            let state = StateOverride::default().code(question.to, delegation_code(delegate));
            let answer = node.call_under(question.to, question.data.clone(), &state).await;
            match answer.ok().and_then(|answer| (question.decode)(&answer).ok()) {
                Some(is_enabled) => Ok(is_enabled),
                // The node does not support state overrides.
                None => node.read(question).await,
            }
        })
    }

    /// Returns true if the account is deployed.
    pub(crate) async fn deployed(&self) -> Result<bool, Error> {
        if self.cache.lock().deployed {
            return Ok(true);
        }
        let Some(delegate) = self.account.delegate() else {
            let deployed = !self.services.node.code(self.address()).await?.is_empty();
            let mut known = self.cache.lock();
            // A slow answer does not undo a newer one: a deployed account stays deployed.
            known.deployed |= deployed;
            known.deployment = Some((deployed, platform::monotonic()));
            return Ok(known.deployed);
        };
        self.delegated(delegate).await
    }

    /// Returns true if the owner's EOA delegates to a contract. Without a delegation, the nonce of the owner is cached, and
    /// nothing is built on that state before it was read again: the owner may send a transaction at any time.
    fn delegated(&self, delegate: Address) -> BoxFuture<'_, Result<bool, Error>> {
        Box::pin(async move {
            let (node, owner) = (&self.services.node, self.address());
            let Some(found) = delegate_of(&node.code(owner).await?) else {
                let nonce = node.transaction_count(owner).await?;
                let mut known = self.cache.lock();
                (known.owner_nonce, known.deployment) = (nonce, None);
                return Ok(false);
            };
            if found != delegate {
                return Err(Error::from(ErrorKind::OtherDelegate(found)));
            }
            self.cache.lock().deployment = Some((true, platform::monotonic()));
            Ok(true)
        })
    }

    /// Requests the next nonce of a key from the entry point.
    pub(crate) async fn nonce(&self, key: NonceKey) -> Result<U256, Error> {
        self.services.nonce(self.address(), key).await
    }

    pub(crate) fn balance(&self, asset: Asset) -> BoxFuture<'_, Result<Balance, Error>> {
        Box::pin(async move {
            let owner = self.address();
            let amount = match asset {
                Asset::Native => self.services.node.balance(owner).await?,
                Asset::Token(token) => {
                    self.services
                        .node
                        .call(token, &Erc20::balanceOfCall { owner })
                        .await?
                }
            };
            let balance = Balance { asset, amount };
            self.cache.lock().record_balance(balance);
            Ok(balance)
        })
    }

    /// Requests the amount of a token that a spender may take from the account.
    pub(crate) async fn allowance(&self, token: Address, spender: Address) -> Result<U256, Error> {
        let call = Erc20::allowanceCall {
            owner: self.address(),
            spender,
        };
        Ok(self.services.node.call(token, &call).await?)
    }
}
