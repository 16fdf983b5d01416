use std::{pin::pin, time::Duration};

use alloy::primitives::{Bytes, U256};
use futures::{
    future::{Either, pending, select},
    lock::MutexGuard,
};

use super::{
    Error, NonceLane, Options, Payment, PendingUserOp, Services, SmartAccountClient, UserOpKind,
    UserOpResponse, UserOpStatus, Wait, change_root::sequence, facts::Granting, journal::Intent,
};
use crate::{
    account::{self, Owner},
    contracts::Contracts,
    platform,
    primitives::{Call, Fees, NonceKey, SignedUserOperation, UserOpDraft, UserOpHash, UserOperation},
    rpc::{Refusal, ServiceError},
    session::{
        BatchDigest, ProvenLeaf, SessionSigner, StoreError, Turn, batch_module_signature, dummy_signature,
        module_signature, signed,
    },
};

/// The signer of an operation.
pub(super) enum Signatory<'a> {
    Owner(&'a dyn Owner),
    Session(&'a dyn SessionSigner, &'a ProvenLeaf),
    Batch(&'a dyn SessionSigner, &'a [ProvenLeaf], BatchDigest),
}

impl Signatory<'_> {
    /// Encodes calls as the account's call data, in the form that the validating module reads.
    pub(super) fn call_data(&self, calls: &[Call]) -> Bytes {
        match self {
            Self::Batch(..) => account::batch_call_data(calls),
            // An operation that only deploys the account has empty call data.
            _ if calls.is_empty() => Bytes::new(),
            _ => account::call_data(calls),
        }
    }

    fn dummy_signature(&self, contracts: &Contracts) -> Bytes {
        let signature = match self {
            Self::Owner(_) => account::dummy_module_signature(),
            Self::Session(..) | Self::Batch(..) => dummy_signature(),
        };
        self.wrap(signature, contracts)
    }

    async fn sign(&self, hash: UserOpHash, contracts: &Contracts) -> Result<Bytes, Error> {
        let signature = match self {
            Self::Owner(owner) => owner.sign_message(hash.0.as_slice()).await?.as_bytes().into(),
            Self::Session(signer, _) => signed(*signer, hash.0.as_slice()).await?,
            Self::Batch(signer, _, digest) => {
                let message = digest.of(hash, contracts.session_key_manager);
                signed(*signer, message.as_slice()).await?
            }
        };
        Ok(self.wrap(signature, contracts))
    }

    /// Wraps a signature in the account's format, with the proof for the validating module that the signer
    /// may make the calls.
    fn wrap(&self, signature: Bytes, contracts: &Contracts) -> Bytes {
        let manager = contracts.session_key_manager;
        let (module_signature, module) = match self {
            Self::Owner(_) => (signature, contracts.ecdsa_ownership),
            Self::Session(_, proven) => (module_signature(proven, signature), manager),
            Self::Batch(_, proven, _) => {
                let calls = proven.iter().map(|proven| (proven, Bytes::new()));
                let module_signature = batch_module_signature(manager, calls, signature);
                (module_signature, contracts.batched_session_router)
            }
        };
        account::wrap(module_signature, module)
    }
}

impl SmartAccountClient {
    /// Builds the unsigned operation that makes calls.
    pub(super) async fn build(
        &self,
        calls: &[Call],
        nonce: U256,
        init_code: Bytes,
        signatory: &Signatory<'_>,
        options: &Options,
    ) -> Result<UserOperation, Error> {
        self.tell(UserOpStatus::Building);
        let draft = UserOpDraft {
            sender: self.address,
            nonce,
            init_code,
            call_data: signatory.call_data(calls),
            fees: Fees::default(),
            dummy_signature: signatory.dummy_signature(&self.services.contracts),
        };
        let (payer, op) = match options.payment {
            Payment::Own => self.services.pay_own(draft, options).await?,
            Payment::Sponsored => self.services.sponsor(draft, options).await?,
            Payment::SponsoredOrOwn => self.services.sponsor_or_pay_own(draft, options).await?,
            Payment::Token(token) => (token.charge)(self, calls, draft, signatory, token, options).await?,
        };
        Services::sensible(payer, op)
    }

    /// Returns the init code that deploys the account, or empty bytes if the account is deployed.
    pub(super) fn init_code(&self, deployed: bool) -> Bytes {
        match self.account() {
            Some(account) if !deployed => account.init_code(),
            _ => Bytes::new(),
        }
    }

    pub(super) async fn sign(
        &self,
        op: UserOperation,
        signatory: &Signatory<'_>,
    ) -> Result<SignedUserOperation, Error> {
        self.tell(UserOpStatus::AwaitingSignature);
        let hash = op.hash(self.services.entry_point);
        let signature = signatory.sign(hash, &self.services.contracts).await?;
        Ok(op.sign(signature))
    }

    /// Records an operation, submits it to the bundler and checks the hash that the bundler returns.
    pub(super) async fn hand_over(
        &self,
        signed: &SignedUserOperation,
        intent: Intent<'_>,
    ) -> Result<UserOpResponse, Error> {
        let expected = signed.op.hash(self.services.entry_point);
        self.tell(UserOpStatus::Submitting);
        // The same operation may have been sent and accepted before.
        let is_again = self.kept(expected).await.is_some();
        let kept = self.note_sending(signed, &intent).await;
        // Revoking all sessions must not fail because the store cannot be written.
        if !intent.kind.ends_all_sessions() {
            kept?;
        }
        let answer = self.services.bundler.send(signed, intent.options.simulation);
        let sent = match answer.await {
            Err(error) => self.judged(error, signed, is_again, &intent).await,
            Ok(found) if found == expected => Ok(()),
            Ok(found) => Err(Error::WrongHash { expected, found }),
        };
        match sent {
            Err(Error::Service(_)) => self.note_unsent(expected).await,
            // After a lost answer the operation may be pending all the same.
            _ if !signed.op.init_code.is_empty() => self.facts.lock().note_deploying(expected),
            _ => {}
        }
        sent?;
        self.tell(UserOpStatus::Pending(expected));
        Ok(self.response(expected))
    }

    /// Judges a failed submission: success if the bundler has the operation all the same, [`Error::Service`]
    /// if the bundler refused it, [`Error::Unanswered`] if that is unknown.
    ///
    /// Gateways and networks may deliver a request twice. The second answer then refuses an operation that
    /// the first delivery has brought to the mempool, or even on chain.
    async fn judged(
        &self,
        error: ServiceError,
        signed: &SignedUserOperation,
        is_again: bool,
        intent: &Intent<'_>,
    ) -> Result<(), Error> {
        let hash = signed.op.hash(self.services.entry_point);
        let refused = match error.refusal() {
            Some(refusal) if refusal.is_already_known() => return Ok(()),
            Some(refusal) if refusal.is_of_user_op() || refusal.names_same_nonce() => {
                // A bundler that only follows the standard may not report a pending operation.
                let may_hide_it = !self.services.bundler.tells_of_pending();
                let is_vague = refusal.names_same_nonce() || refusal.gives_no_reason();
                match self.has_taken(refusal, &signed.op).await {
                    Ok(true) => return Ok(()),
                    Ok(false) if may_hide_it && is_vague => {
                        let is_same = refusal.is_of_user_op() && refusal.names_same_nonce();
                        if is_same && self.is_alone(&signed.op, intent).await {
                            return Ok(());
                        }
                        false
                    }
                    // If no other operation shares the nonce and the nonce is used, then this operation has
                    // used it, even if it cannot be found yet.
                    Ok(false) if refusal.says_nonce_is_used() && self.is_alone(&signed.op, intent).await => {
                        false
                    }
                    Ok(false) => !is_again && refusal.is_of_user_op(),
                    Err(_) => !is_again && refusal.is_conclusive(),
                }
            }
            _ => false,
        };
        match refused {
            true => Err(error.into()),
            false => Err(Error::Unanswered {
                hash,
                source: Box::new(error),
            }),
        }
    }

    /// Returns true if no other operation can use the nonce of this one: it starts a lane, replaces no
    /// operation and is not a grant. All grants share a lane.
    async fn is_alone(&self, op: &UserOperation, intent: &Intent<'_>) -> bool {
        let hash = op.hash(self.services.entry_point);
        let is_other = |other: &PendingUserOp| other.nonce == op.nonce && other.hash != hash;
        let pending = self.pending_user_ops().await;
        sequence(op.nonce) == 0
            && intent.options.replaces.is_none()
            && !matches!(intent.kind, UserOpKind::Grant { .. })
            && pending.is_ok_and(|pending| !pending.iter().any(is_other))
    }

    /// Returns true if the bundler or the chain has an operation that was refused.
    async fn has_taken(&self, refusal: &Refusal, op: &UserOperation) -> Result<bool, ServiceError> {
        let hash = op.hash(self.services.entry_point);
        let has_it = self.services.bundler.has(hash).await;
        if has_it != Ok(true) && refusal.is_about_nonce() {
            // A bundler may not find an operation that is on chain.
            let since = self.services.known_block();
            let included = self.services.operation_at(op.sender, op.nonce, since).await;
            if included == Some(hash) {
                return Ok(true);
            }
        }
        has_it
    }

    /// Acquires the lock of conflicting operations, which is shared by the clones of this client and by
    /// everything that uses the same store. Returns `None` after 30 s: a wallet may never answer, and the
    /// chain includes only one of two conflicting operations.
    pub(super) async fn turn(&self) -> Option<Held<'_>> {
        let turn = pin!(async {
            let here = self.turns.lock().await;
            let name = format!("use-aa:turn:{}:{}", self.services.chain_id(), self.address);
            // A store without locks reports its failure when it is written.
            let everywhere = self.store.lock(&name).await.ok();
            Held(here, everywhere)
        });
        let impatience = pin!(platform::sleep(Self::TURN));
        match select(turn, impatience).await {
            Either::Left((turn, _)) => Some(turn),
            Either::Right(_) => None,
        }
    }

    /// Waits for the pending operation that deploys the account. Only one of two such operations can be
    /// included, and a bundler may drop the earlier one for the later. `is_replaced` returns true if the next
    /// operation reuses the pending operation's nonce.
    ///
    /// # Errors
    ///
    /// [`Error::Deploying`] when the pending operation is neither included in time nor lost.
    pub(super) async fn let_deployment_end(
        &self,
        is_replaced: impl Fn(&PendingUserOp) -> bool,
    ) -> Result<(), Error> {
        // A deployed account stays deployed.
        if !self.facts.lock().deployed {
            self.learn_pending().await;
        }
        let deploying = self.facts.lock().deploying.clone();
        for hash in &deploying {
            if self.kept(*hash).await.as_ref().is_some_and(&is_replaced) {
                return Ok(());
            }
        }
        let is_deployed = async || self.deployed().await.unwrap_or_default();
        for hash in deploying {
            let is_in_the_way = !is_deployed().await && self.let_end(hash).await && !self.is_lost(hash).await;
            if is_in_the_way && !is_deployed().await {
                return Err(Error::Deploying { hash });
            }
            self.facts.lock().deploying.retain(|newer| *newer != hash);
        }
        Ok(())
    }

    /// Waits up to 30 s for a conflicting operation, unless that was done before. Stops early if the bundler
    /// does not know the operation. Returns true if the operation may still be included.
    pub(super) async fn let_end(&self, hash: UserOpHash) -> bool {
        if self.facts.lock().awaited.contains(&hash) {
            return true;
        }
        let end = pin!(self.wait(hash, Wait::default().timeout(Self::TURN)));
        let loss = pin!(self.loss(hash));
        let ended = select(end, loss).await;
        self.facts.lock().awaited.push(hash);
        matches!(ended, Either::Left((Err(Error::TimedOut { .. }), _)))
    }

    /// Returns true if the bundler reports that it does not know an operation.
    async fn is_lost(&self, hash: UserOpHash) -> bool {
        let bundler = &self.services.bundler;
        bundler.tells_of_pending() && bundler.knows(hash).await == Ok(false)
    }

    /// Completes once the bundler has reported twice in a row that it does not know an operation. Otherwise
    /// the future stays pending.
    async fn loss(&self, hash: UserOpHash) {
        const PAUSE: Duration = Duration::from_millis(400);
        const CERTAIN: u32 = 2;

        // A bundler that only follows the standard need not report a pending operation.
        if !self.services.bundler.tells_of_pending() {
            return pending().await;
        }
        let mut unknown = 0;
        while unknown < CERTAIN {
            platform::sleep(PAUSE).await;
            unknown = match self.services.bundler.knows(hash).await {
                Ok(false) => unknown + 1,
                _ => 0,
            };
        }
    }

    /// Loads the pending operations from the store. Another tab, or this page before a reload, may have sent
    /// them.
    pub(super) async fn learn_pending(&self) {
        let Ok(ops) = self.pending_user_ops().await else {
            return;
        };
        let mut known = self.facts.lock();
        for op in ops {
            if op.deploys {
                known.note_deploying(op.hash);
            }
            if known.awaited.contains(&op.hash) {
                continue;
            }
            if let UserOpKind::Grant { root, modules } = op.kind {
                known.granting = Some(Granting {
                    hash: op.hash,
                    root,
                    modules,
                });
            }
        }
    }

    /// The maximum time that an operation waits for an earlier one of the same account: 30 s.
    pub(super) const TURN: Duration = Duration::from_secs(30);

    /// Returns the nonce of an operation in a lane.
    pub(super) async fn nonce_in(&self, lane: NonceLane) -> Result<U256, Error> {
        match lane {
            NonceLane::Fresh => Self::fresh_nonce(),
            NonceLane::Key(key) => self.nonce(key).await,
            NonceLane::Given(nonce) => Ok(nonce),
        }
    }

    /// Returns the first nonce of a new random key. No request is needed, because the key is unused.
    pub(super) fn fresh_nonce() -> Result<U256, Error> {
        let key = platform::random().map_err(|error| StoreError::NoRandomness(error.to_string()))?;
        Ok(NonceKey::from_bytes(key).at(0))
    }
}

/// The lock of an operation that conflicts with others of the same account.
#[allow(dead_code, reason = "held until it is dropped")]
pub(super) struct Held<'a>(MutexGuard<'a, ()>, Option<Turn>);

#[cfg(test)]
mod tests;
