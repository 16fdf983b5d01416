use std::time::Duration;

use super::{SmartAccountClient, UserOpResponse};
use crate::{
    account::OperationSigner,
    error::{Error, ErrorKind},
    permission::Violation,
    pipeline::{
        AccountLock, Authorization, Confirmed, Intent, NonceLane, Pipeline, Remedies, SubmittedGrant,
        UserOpOptions, confirm, forget,
    },
    platform::{self, BoxFuture},
    primitives::{Call, UserOpHash, UserOperation},
    rpc::{Failure, Refusal, ServiceError},
    services::Services,
    session::{Session, SessionId, SessionLedger, SessionProof, SessionState},
    signer::SessionSigner,
    store::{KeyVault, StoredSigner},
    tracking::{PendingUserOp, UserOpKind},
};

/// Calls that a session makes, and the constraints on the session.
pub(super) struct SessionCall<'a> {
    pub(super) calls: &'a [Call],
    /// True when each call is checked under its own permission.
    pub(super) in_batch: bool,
    pub(super) session: Option<SessionId>,
    pub(super) signer: Option<&'a dyn SessionSigner>,
    /// The vault that opens sealed keys.
    pub(super) vault: Option<&'a dyn KeyVault>,
    pub(super) unchecked: bool,
    pub(super) lane: NonceLane,
}

/// The sessions on chain, and true if the account is deployed.
type UseState = (SessionState, bool);

/// The session chosen for a session call, with everything needed to sign.
struct Chosen<'a> {
    signer: Box<dyn SessionSigner + 'a>,
    /// The proof that the session may make the calls.
    proof: Box<dyn SessionProof>,
    /// The violation of an unchecked session call, if the session forbids it.
    violation: Option<Violation>,
}

impl<'a> SessionCall<'a> {
    /// Chooses the newest session that allows all calls. An unchecked session call falls back to the session
    /// that comes nearest.
    fn choose(
        &self,
        ledger: &'a dyn SessionLedger,
        state: &SessionState,
        services: &Services,
    ) -> Result<Chosen<'a>, Error> {
        let now = services.now();
        let sessions = self.candidates(ledger, state)?;
        let newest_first = || sessions.iter().rev();
        let allowing = newest_first().find_map(|session| Some((session, self.allowed(session, now).ok()?)));
        let (session, policies, violation) = match allowing {
            Some((session, policies)) => (session, policies, None),
            None => {
                let is_near = |session: &&Session| self.calls.iter().all(|call| session.is_near(call));
                let near = newest_first().find(is_near).or_else(|| newest_first().next());
                let session = near.ok_or_else(|| Error::from(ErrorKind::NoSession))?;
                let violation = self
                    .allowed(session, now)
                    .err()
                    .ok_or_else(|| Error::from(ErrorKind::NoSession))?;
                if !self.unchecked {
                    return Err(violation.into());
                }
                let policies = self.calls.iter().map(|call| session.nearest(call));
                let policies = policies
                    .collect::<Option<_>>()
                    .ok_or_else(|| Error::from(ErrorKind::NoSession))?;
                (session, policies, Some(violation))
            }
        };
        let not_active = || Error::from(ErrorKind::NotActive(session.id));
        let proof = ledger.prove(state, session, &policies, self.in_batch, services.proof_form());
        Ok(Chosen {
            signer: self.signer_of(ledger, session.id).ok_or_else(not_active)?,
            proof: proof.ok_or_else(not_active)?,
            violation,
        })
    }

    fn candidates(&self, ledger: &dyn SessionLedger, state: &SessionState) -> Result<Vec<Session>, Error> {
        let mut sessions = ledger.sessions(state);
        sessions.retain(|session| self.can_sign(ledger, session.id));
        if let Some(id) = self.session {
            sessions.retain(|session| session.id == id);
            if sessions.is_empty() {
                return Err(Error::from(ErrorKind::NotActive(id)));
            }
        }
        Ok(sessions)
    }

    fn can_sign(&self, ledger: &dyn SessionLedger, id: SessionId) -> bool {
        match self.signer {
            Some(signer) => signer.address() == id,
            None => ledger.key(id).is_some(),
        }
    }

    /// Returns the signer of a session: the given signer if it has the session's address, or else the key in
    /// the store.
    fn signer_of(&self, ledger: &'a dyn SessionLedger, id: SessionId) -> Option<Box<dyn SessionSigner + 'a>> {
        let vault = self.vault;
        match self.signer {
            Some(signer) => (signer.address() == id).then(|| Box::new(signer) as Box<dyn SessionSigner + 'a>),
            None => Some(Box::new(StoredSigner {
                key: ledger.key(id)?,
                vault,
            })),
        }
    }

    /// Returns the permission that allows each call, by its index.
    fn allowed(&self, session: &Session, now: u64) -> Result<Vec<usize>, Violation> {
        let policies = self.calls.iter().map(|call| session.allows(call, now));
        policies.collect()
    }
}

impl SmartAccountClient {
    /// The number of attempts to prove a session while the account's grant keeps changing.
    const TRIES: u32 = 3;

    /// Executes a session call.
    pub(super) async fn execute(
        &self,
        request: SessionCall<'_>,
        options: &UserOpOptions,
    ) -> Result<UserOpResponse, Error> {
        let (mut options, mut applied) = (options.begun(), Remedies::default());
        let mut is_mended = false;
        loop {
            match self.attempt(&request, &options, &applied).await {
                Err(error) if self.pipeline.remedy(&error, &mut options, &mut applied) => {}
                Err(error) => {
                    let sent = self.pipeline.judged_last(error, &options, &applied).await;
                    let refusal = match sent {
                        Ok(hash) => return Ok(self.response(hash)),
                        Err(error) => self.pipeline.explained(error),
                    };
                    if is_mended {
                        return Err(refusal);
                    }
                    Box::pin(self.meet_requirements(refusal, options.payment)).await?;
                    is_mended = true;
                    applied.keep_nonce();
                }
                sent => return sent,
            }
        }
    }

    fn attempt<'a>(
        &'a self,
        request: &'a SessionCall<'_>,
        options: &'a UserOpOptions,
        attempts: &'a Remedies,
    ) -> BoxFuture<'a, Result<UserOpResponse, Error>> {
        Box::pin(self.execute_once(request, options, attempts))
    }

    async fn execute_once(
        &self,
        request: &SessionCall<'_>,
        options: &UserOpOptions,
        attempts: &Remedies,
    ) -> Result<UserOpResponse, Error> {
        let (mut tries, mut turn) = (0..Self::TRIES, None);
        while tries.next().is_some() {
            let ledger = self.pipeline.ledger().await?;
            let ((state, deployed), nonce) = futures::try_join!(
                self.likely_state(&*ledger, request),
                self.pipeline
                    .nonce_of(request.lane, OperationSigner::Session, attempts)
            )?;
            let chosen = request.choose(&*ledger, &state, &self.pipeline.services)?;
            let deployment = chosen.proof.deployment().filter(|_| !deployed);
            // Only one operation can deploy the account, or enable the session.
            if turn.is_none() && (deployment.is_some() || chosen.proof.grant().is_some()) {
                turn = Some(self.turn(request.lane).await?);
                // An operation that was waited for may have used the nonce.
                if let Some(nonce) = attempts.forget_nonce() {
                    self.pipeline.cache.lock().lanes.give_back(nonce);
                }
                tries = 0..Self::TRIES;
                continue;
            }
            let by = Authorization::session(&*self.pipeline.account, &*chosen.signer, &*chosen.proof);
            let named = |error: Error| error.at(nonce).named(chosen.violation.clone());
            // The bundler may refuse at the estimate already.
            let build = async {
                let op = self
                    .pipeline
                    .build(request.calls, nonce, deployment, &by, options);
                op.await.map_err(|error| named(error.of_estimate(request)))
            };
            let op = match confirm(
                (state, deployed),
                Box::pin(build),
                self.observe_sessions(),
                forget,
            )
            .await?
            {
                Confirmed::Right(op, ()) => op,
                Confirmed::Wrong(..) => continue,
            };
            let intent = Intent {
                kind: match request.in_batch {
                    true => UserOpKind::Batch,
                    false => UserOpKind::Session,
                },
                calls: request.calls,
                session: Some(chosen.signer.address()),
                enables: chosen.proof.grant(),
                options,
            };
            let hash = self.sign_and_send(&op, &chosen, &intent).await.map_err(named)?;
            return Ok(self.response(hash));
        }
        Err(Error::from(ErrorKind::Unsettled))
    }

    /// Locks out other operations that set up the account or the session, and waits up to 30 s until the chain shows the
    /// effect of those that are pending.
    // A page that waits for no operation links no tracking for this.
    async fn turn(&self, lane: NonceLane) -> Result<Option<AccountLock<'_>>, Error> {
        const PAUSE: Duration = Duration::from_millis(250);

        let lock = self.pipeline.lock_account().await;
        let begun = platform::monotonic();
        let mut pending = self.pending_user_ops().await.unwrap_or_default();
        pending.retain(|op| (op.deploys || op.enables.is_some()) && lane != NonceLane::Given(op.nonce));
        let sessions = self.pipeline.account.sessions();
        while !pending.is_empty() {
            let ((state, deployed), ()) = self.observe_sessions().await?;
            let is_done = |op: &PendingUserOp| {
                let is_in_force = |grant| sessions.after(&state, grant).as_ref() == Some(&state);
                (deployed || !op.deploys) && op.enables.is_none_or(is_in_force)
            };
            pending.retain(|op| !is_done(op) && !self.pipeline.cache.lock().awaited.contains(&op.hash));
            if platform::monotonic().saturating_sub(begun) >= Pipeline::LOCK_TIMEOUT {
                let late = pending.iter().map(|op| op.hash);
                self.pipeline.cache.lock().awaited.extend(late);
                break;
            }
            if !pending.is_empty() {
                platform::sleep(PAUSE).await;
            }
        }
        Ok(lock)
    }

    /// Requests the sessions on chain and the account's deployment state, after the check of the chain.
    fn observe_sessions(&self) -> BoxFuture<'_, Result<(UseState, ()), Error>> {
        Box::pin(async move {
            let checked = self.pipeline.services.check_chain();
            let (state, deployed, checked) = futures::join!(
                self.pipeline.sessions_on_chain(),
                self.is_deployed_for_sessions(),
                checked
            );
            // On another chain the sessions cannot be read either.
            checked?;
            Ok(((state?, deployed?), ()))
        })
    }

    /// Returns the account's deployment state. An account whose sessions cannot deploy it is deployed, unless its owner has
    /// ended the delegation.
    async fn is_deployed_for_sessions(&self) -> Result<bool, Error> {
        let account = &self.pipeline.account;
        match account.sessions().deploys_account() {
            true => self.pipeline.deployed().await,
            false if account.delegate().is_some() && !self.pipeline.deployed().await? => {
                Err(Error::from(ErrorKind::NoDelegation))
            }
            false => Ok(true),
        }
    }

    /// Signs and submits the operation, and does so once more with another form of the proof, if there is one and
    /// the signature is refused.
    async fn sign_and_send(
        &self,
        op: &UserOperation,
        chosen: &Chosen<'_>,
        intent: &Intent<'_>,
    ) -> Result<UserOpHash, Error> {
        let send = async |proof: &dyn SessionProof| {
            let by = Authorization::session(&*self.pipeline.account, &*chosen.signer, proof);
            let signed = self.pipeline.sign(op, &by).await?;
            self.pipeline.submit(&signed, intent).await
        };
        let sent = send(&*chosen.proof).await;
        if let (Some(grant), Ok(hash)) = (intent.enables, &sent) {
            let mut known = self.pipeline.cache.lock();
            let before = known.sessions.clone().unwrap_or_default();
            known.granting = Some(SubmittedGrant {
                hash: *hash,
                grant,
                after: self.pipeline.account.sessions().after(&before, grant),
                modules: Vec::new(),
                by_session: true,
            });
        }
        let is_of_signature = |error: &Error| {
            let refusal = error.service().and_then(ServiceError::refusal);
            refusal.is_some_and(Refusal::is_about_signature)
        };
        match (sent, chosen.proof.alternative()) {
            (Err(error), Some(other)) if is_of_signature(&error) => {
                let sent = send(&*other).await?;
                self.pipeline.services.cache_proof_form(other.form());
                Ok(sent)
            }
            (sent, _) => sent,
        }
    }

    /// Returns the cached sessions if they allow the session call, and otherwise those on chain; and the account's
    /// deployment state.
    async fn likely_state(
        &self,
        ledger: &dyn SessionLedger,
        request: &SessionCall<'_>,
    ) -> Result<UseState, Error> {
        let (sessions, deployed) = {
            let known = self.pipeline.cache.lock();
            let can_deploy = self.pipeline.account.sessions().deploys_account();
            let deployed = if can_deploy {
                known.is_deployed()
            } else {
                Some(true)
            };
            (known.sessions.clone(), deployed)
        };
        match (sessions, deployed) {
            (Some(state), Some(deployed))
                if request.choose(ledger, &state, &self.pipeline.services).is_ok() =>
            {
                Ok((state, deployed))
            }
            _ => {
                let (state, deployed, _fees) = futures::try_join!(
                    self.pipeline.sessions_on_chain(),
                    self.is_deployed_for_sessions(),
                    self.pipeline.services.fees()
                )?;
                Ok((state, deployed))
            }
        }
    }
}

impl Error {
    /// Names a bundler that estimates without the call data: the module has found none, though there is one.
    fn of_estimate(self, request: &SessionCall<'_>) -> Self {
        let is_one_call = request.calls.len() == 1 && !request.in_batch;
        match self.service() {
            Some(error) if is_one_call && error.refusal().is_some_and(Refusal::is_of_missing_call) => {
                ServiceError::new(error.service(), error.method(), Failure::NoCallData).into()
            }
            _ => self,
        }
    }

    /// Adds the violation to the chain's refusal, which does not name the violated rule.
    fn named(self, violation: Option<Violation>) -> Self {
        match (self.service(), violation) {
            (Some(source), Some(violation)) if source.refusal().is_some() => {
                Error::from(ErrorKind::ForbiddenByChain {
                    violation: Box::new(violation),
                    source: source.clone(),
                })
            }
            _ => self,
        }
    }
}
