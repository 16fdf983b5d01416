use std::{sync::Arc, time::Duration};

use alloy::primitives::{Address, U256};
use futures::lock::Mutex;

use super::{Authorization, ChainCache, NonceLane, Payment, Stages, UserOpOptions};
use crate::{
    account::{OperationSigner, SmartAccount},
    error::{Error, ErrorKind},
    platform,
    primitives::{
        Call, Deployment, Fees, NonceKey, SignedUserOperation, UserOpDraft, UserOpHash, UserOperation,
    },
    rpc::{Reason, Refusal, ServiceError},
    services::Services,
    session::{GrantId, SessionId},
    store::SessionStore,
    tracking::{Journal, PendingUserOp, Tracker, UserOpKind, UserOpStatus},
};

/// The path of an operation from its calls to its submission.
#[derive(Clone)]
pub(crate) struct Pipeline {
    pub(crate) account: Arc<dyn SmartAccount>,
    pub(crate) services: Services,
    pub(crate) store: Arc<dyn SessionStore>,
    pub(crate) tracker: Tracker,
    pub(crate) cache: Arc<ChainCache>,
    /// The lock of operations that conflict: each grant builds on the one before, and only one operation can
    /// deploy the account.
    pub(crate) locks: Arc<Mutex<()>>,
    pub(crate) stages: Stages,
}

/// The data recorded with an operation that is about to be sent.
pub(crate) struct Intent<'a> {
    pub(crate) kind: UserOpKind,
    pub(crate) calls: &'a [Call],
    pub(crate) session: Option<SessionId>,
    /// The grant that the session's operation puts into force.
    pub(crate) enables: Option<GrantId>,
    pub(crate) options: &'a UserOpOptions,
}

impl Pipeline {
    /// Returns the account's address.
    pub(crate) fn address(&self) -> Address {
        self.account.address()
    }

    /// Builds the unsigned operation that makes calls.
    pub(crate) async fn build(
        &self,
        calls: &[Call],
        nonce: U256,
        deployment: Option<Deployment>,
        by: &Authorization<'_>,
        options: &UserOpOptions,
    ) -> Result<UserOperation, Error> {
        self.stages.report(UserOpStatus::Building);
        let draft = UserOpDraft {
            sender: self.address(),
            nonce,
            deployment,
            call_data: by.call_data(calls),
            fees: Fees::default(),
            dummy_signature: by.dummy_signature(),
        };
        // Paid by the account, in coin or in a token, more gas may be more than was quoted.
        let is_sponsored = matches!(options.payment, Payment::Sponsored | Payment::SponsoredOrOwn);
        let is_beside_others = is_sponsored && self.cache.lock().lanes.are_in_use_beside(nonce);
        let beside_others = is_beside_others.then(|| options.clone().beside_others());
        let options = beside_others.as_ref().unwrap_or(options);
        let (payer, op) = match options.payment {
            Payment::Own => self.services.pay_own(draft, options).await?,
            Payment::Sponsored => self.services.sponsor(draft, options).await?,
            Payment::SponsoredOrOwn => self.services.sponsor_or_pay_own(draft, options).await?,
            Payment::Token(token) => (token.charge)(self, calls, draft, by, token, options).await?,
        };
        self.services.sensible(payer, op)
    }

    /// Returns the deployment of the account, unless the account is deployed.
    pub(crate) fn deployment(&self, deployed: bool) -> Option<Deployment> {
        match self.account.delegate() {
            _ if deployed => None,
            None => self.account.deployment(),
            Some(delegate) => {
                let nonce = self.cache.lock().owner_nonce;
                Some(Deployment::delegation(self.services.chain_id(), delegate, nonce))
            }
        }
    }

    pub(crate) async fn sign(
        &self,
        op: &UserOperation,
        by: &Authorization<'_>,
    ) -> Result<SignedUserOperation, Error> {
        self.stages.report(UserOpStatus::AwaitingSignature);
        let hash = op.hash(self.services.entry_point);
        let mut op = op.clone();
        let signing = async {
            // A wallet that cannot sign this is asked for nothing else.
            if let Some(Deployment::Delegation(authorization)) = &mut op.deployment {
                *authorization = self.account.authorize(authorization.inner().clone()).await?;
            }
            by.sign(hash).await
        };
        match self.stages.cancellation.unless(Box::pin(signing)).await {
            Ok(signature) => Ok(op.sign(signature)),
            Err(error) => Err(Box::pin(self.unsigned(error)).await),
        }
    }

    /// Records an operation, submits it to the bundler and checks the hash that the bundler returns. From then on
    /// the request cannot be cancelled.
    pub(crate) async fn submit(
        &self,
        signed: &SignedUserOperation,
        intent: &Intent<'_>,
    ) -> Result<UserOpHash, Error> {
        let expected = signed.op.hash(self.services.entry_point);
        self.stages.cancellation.submit()?;
        self.stages.report(UserOpStatus::Submitting);
        let record = self.record_of(signed, intent);
        // The same operation may have been sent and accepted before.
        let (is_again, recorded) = self.tracker.journal.record_sending(record).await;
        // Revoking all sessions must not fail because the store cannot be written.
        if !intent.kind.ends_all_sessions() {
            recorded?;
        }
        let nonce = signed.op.nonce;
        self.cache.lock().lanes.record_sending(nonce);
        let answer = self.services.bundler.send(signed, intent.options.simulation);
        let sent = match answer.await {
            Err(error) => self.judged(error, signed, is_again, intent).await,
            Ok(found) if found == expected => Ok(()),
            Ok(found) => Err(Error::from(ErrorKind::WrongHash { expected, found })),
        };
        match sent.as_ref().map_err(Error::kind) {
            Err(ErrorKind::Service(_)) => {
                self.tracker.journal.record_unsent(expected).await;
                intent.options.attempts.record(self.record_of(signed, intent));
                self.cache.lock().lanes.record_unsent(nonce);
                self.stages.cancellation.refuse();
            }
            // After a lost answer the operation may be pending all the same.
            _ if signed.op.deployment.is_some() => self.cache.lock().record_deploying(expected),
            _ => {}
        }
        sent?;
        self.stages.report(UserOpStatus::Pending(expected));
        Ok(expected)
    }

    /// Returns the record of an operation that is about to be sent.
    fn record_of(&self, signed: &SignedUserOperation, intent: &Intent<'_>) -> PendingUserOp {
        let op = &signed.op;
        let size = intent.calls.iter().map(|call| call.data.len()).sum::<usize>();
        PendingUserOp {
            hash: op.hash(self.services.entry_point),
            sender: op.sender,
            nonce: op.nonce,
            kind: intent.kind.clone(),
            sent_at: platform::now(),
            calls: (size <= Journal::MOST_CALL_DATA).then(|| intent.calls.to_vec()),
            session: intent.session,
            enables: intent.enables,
            payment: intent.options.payment.into(),
            fees: op.fees,
            replaces: intent.options.replaces.map(|(hash, _)| hash),
            deploys: op.deployment.is_some(),
            since: self.services.cached_block(),
        }
    }

    /// Judges a failed submission: success if the bundler has the operation all the same,
    /// [`ErrorKind::Service`] if the bundler refused it, [`ErrorKind::Unanswered`] if that is unknown.
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
            Some(refusal) if refusal.is_unread() => !is_again,
            Some(refusal) if refusal.is_of_user_op() || refusal.names_same_nonce() => {
                // A bundler that only follows the standard may not report a pending operation.
                let may_hide_it = !self.services.bundler.reports_pending();
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
            None if error.failure().is_unread() => !is_again,
            // The refusal says nothing about the operation, or the answer was lost.
            _ => {
                let has_it = Box::pin(self.services.bundler.has(hash));
                if let Some(Ok(true)) = platform::within(Self::LOOKUP_TIMEOUT, has_it).await {
                    return Ok(());
                }
                false
            }
        };
        match refused {
            true => Err(error.into()),
            false => Err(Error::from(ErrorKind::Unanswered { hash, source: error })),
        }
    }

    /// Returns true if no other operation can use the nonce of this one: it starts a lane, replaces no
    /// operation and is not a grant. All grants share a lane.
    async fn is_alone(&self, op: &UserOperation, intent: &Intent<'_>) -> bool {
        let hash = op.hash(self.services.entry_point);
        let is_other = |other: &PendingUserOp| other.nonce == op.nonce && other.hash != hash;
        let pending = self.tracker.journal.pending_user_ops().await;
        // A lane of few bits may have been used before.
        sequence(op.nonce) == 0
            && !self.account.reuses_lanes()
            && intent.options.replaces.is_none()
            && !matches!(intent.kind, UserOpKind::Grant { .. })
            && pending.is_ok_and(|pending| !pending.iter().any(is_other))
    }

    /// Returns true if the bundler or the chain has an operation that was refused.
    async fn has_taken(&self, refusal: &Refusal, op: &UserOperation) -> Result<bool, ServiceError> {
        let hash = op.hash(self.services.entry_point);
        let has_it = self.services.bundler.has(hash).await;
        // A bundler may not find an operation that is on chain. Fees that were enough for the first delivery of a request may
        // be too low for the second: the first has raised them.
        if has_it != Ok(true) && (refusal.is_about_nonce() || refusal.reason() == Some(Reason::LowFees)) {
            let since = self.services.cached_block();
            let included = self.services.operation_at(op.sender, op.nonce, since).await;
            if included == Some(hash) {
                return Ok(true);
            }
        }
        has_it
    }

    /// The maximum time of a look for an operation whose submission got no answer, or a refusal that need not be true: 5 s.
    pub(super) const LOOKUP_TIMEOUT: Duration = Duration::from_secs(5);

    /// Returns the nonce of a signer's operation in a lane.
    pub(crate) async fn nonce_in(&self, lane: NonceLane, signer: OperationSigner) -> Result<U256, Error> {
        match lane {
            NonceLane::Fresh => self.fresh_nonce(signer),
            NonceLane::Key(key) => self.nonce(self.account.nonce_key(key, signer)).await,
            NonceLane::Given(nonce) => Ok(nonce),
        }
    }

    /// Returns the next nonce of a lane that only this client has used and that is free again, or the first nonce of a new
    /// random key. No request is needed for either.
    pub(crate) fn fresh_nonce(&self, signer: OperationSigner) -> Result<U256, Error> {
        if let Some(nonce) = self.cache.lock().lanes.take(signer) {
            return Ok(nonce);
        }
        let lane = NonceKey::from_bytes(platform::random()?);
        let key = self.account.nonce_key(lane, signer);
        if self.account.reuses_lanes() {
            self.cache.lock().lanes.begin(signer, key);
        }
        Ok(key.at(0))
    }
}

/// Returns the sequence number of a nonce: the nonce without its key.
pub(crate) fn sequence(nonce: U256) -> u64 {
    nonce.as_limbs()[0]
}

#[cfg(test)]
mod tests;
