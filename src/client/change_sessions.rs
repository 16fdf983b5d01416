mod prepared;

use std::{sync::Arc, time::Duration};

use alloy::primitives::{Address, U256};

use self::prepared::Prepared;
use super::{SmartAccountClient, UserOpResponse};
use crate::{
    error::{Error, ErrorKind},
    permission::{Guards, Permission, PolicyError},
    pipeline::{
        Authorization, Gate, Intent, ObservedState, Pipeline, Remedies, SubmittedGrant, UserOpOptions,
        sequence, speculate,
    },
    platform::{self, BoxFuture},
    primitives::{Call, SignedUserOperation, UserOpHash, UserOperation},
    session::{Proposal, Revocation, SessionChange, SessionEvent, SessionLedger},
    tracking::{PendingUserOp, UserOpKind},
};

/// A change of the account's sessions, and the conditions of its grant.
pub(super) struct GrantRequest {
    pub(super) change: SessionChange,
    /// The modules that the change requires.
    pub(super) modules: Vec<Address>,
    /// The calls that the owner makes in the same operation.
    pub(super) calls: Vec<Call>,
    /// True if the account does not meet the requirements of sessions.
    pub(super) mends: bool,
    /// The target contract of each permission, by the permission's number. No target may be a module of the
    /// account.
    pub(super) targets: Vec<(usize, Address)>,
    /// True if sessions that are not in the store may end.
    pub(super) replace_unknown: bool,
    pub(super) options: UserOpOptions,
}

impl GrantRequest {
    /// Returns true if the change ends all sessions, so that the grant in force does not matter.
    fn ends_all(&self) -> bool {
        self.change.revoked == Revocation::All
    }
}

impl SmartAccountClient {
    /// Sends the operation that changes the account's sessions.
    ///
    /// The same operation deploys the account and enables the required modules, unless that is done already.
    /// If it fails, the sessions stay as they are.
    pub(super) async fn change_sessions(&self, mut change: GrantRequest) -> Result<UserOpResponse, Error> {
        let mut applied = Remedies::default();
        change.options = change.options.begun();
        loop {
            match self.attempt_change(&change).await {
                Err(error) if self.pipeline.remedy(&error, &mut change.options, &mut applied) => {}
                Err(error) => {
                    let sent = self.pipeline.judged_last(error, &change.options, &applied).await;
                    let sent = sent.map(|hash| self.response(hash));
                    return sent.map_err(|error| self.pipeline.explained(error));
                }
                sent => return sent,
            }
        }
    }

    fn attempt_change<'a>(
        &'a self,
        change: &'a GrantRequest,
    ) -> BoxFuture<'a, Result<UserOpResponse, Error>> {
        Box::pin(self.change_once(change))
    }

    async fn change_once(&self, change: &GrantRequest) -> Result<UserOpResponse, Error> {
        let by = Authorization::owner(&*self.pipeline.account)?;
        let lock = self.pipeline.lock_account().await;
        let begun = platform::monotonic();
        self.wait_for_grant().await;
        // All grants share a nonce key, so this grant replaces one that is stuck.
        let is_grant = |op: &PendingUserOp| matches!(op.kind, UserOpKind::Grant { .. });
        self.pipeline.wait_for_loaded_deployment(is_grant).await?;
        // Another request may have met the requirements before the lock was free.
        let unmet = match change.mends {
            true => self.unmet_requirements().await?,
            false => Vec::new(),
        };
        let setup = unmet.into_iter().map(|unmet| unmet.call).collect::<Vec<_>>();
        let likely = self.observed();
        // A browser needs milliseconds for each request. The sponsor answers last, so it is asked first.
        let gate = match likely {
            Some(_) => Gate::default(),
            None => Gate::opened(),
        };
        let observe = || async {
            gate.passed().await;
            self.ready_in_time(&change.change.permissions).await
        };
        let prepare = |account| self.prepare(account, change, &setup, &by, &gate);
        let (mut prepared, ()) = speculate(likely, observe(), prepare, Prepared::take_back).await?;
        if let Some(hash) = self
            .pipeline
            .included_before(prepared.op.nonce, &change.options)
            .await
        {
            prepared.take_back().await;
            return Ok(self.response(hash));
        }
        let signed = loop {
            let signing = self.pipeline.sign(&prepared.op, &by);
            let (signed, ()) = futures::join!(signing, self.settle(&prepared.account));
            let signed = match signed {
                Ok(signed) => signed,
                // An operation that was not signed cannot be sent by others.
                Err(error) => return Err(prepared.fail(error).await),
            };
            // Others wait for the lock no longer than `LOCK_TIMEOUT`, so a signature that took longer may be
            // outdated.
            let is_late =
                lock.is_none() || platform::monotonic().saturating_sub(begun) >= Pipeline::LOCK_TIMEOUT;
            if !is_late {
                break signed;
            }
            self.wait_for_grant().await;
            match observe().await {
                Ok((now, ())) if now == prepared.account => break signed,
                Ok((now, ())) => {
                    prepared.take_back().await;
                    prepared = prepare(now).await?;
                }
                Err(error) => return Err(prepared.fail(error).await),
            }
        };
        if let Err(error) = self.pipeline.stages.cancellation.submit() {
            return Err(prepared.fail(error).await);
        }
        let hash = prepared.submit(&signed).await?;
        Ok(self.response(hash))
    }

    /// Returns the state of the account, unless this device's clock is wrong.
    fn ready_in_time<'a>(
        &'a self,
        permissions: &'a [Permission],
    ) -> BoxFuture<'a, Result<(Arc<ObservedState>, ()), Error>> {
        Box::pin(async move {
            let account = self.ready_for_grant().await?;
            self.refuse_wrong_clock(permissions)?;
            Ok((account, ()))
        })
    }

    /// Refuses targets that are modules of the account: a key that may call a module could take over the
    /// account.
    pub(super) async fn refuse_modules(
        &self,
        deployed: bool,
        targets: &[(usize, Address)],
    ) -> Result<(), Error> {
        if !deployed {
            return Ok(());
        }
        let asked = targets
            .iter()
            .map(|(_, target)| self.pipeline.is_enabled(*target));
        let answers = platform::join_all(asked).await;
        for (&(permission, target), is_enabled) in targets.iter().zip(answers) {
            if is_enabled? {
                let what = Guards::MODULE;
                return Err(PolicyError::RefusedTarget {
                    permission,
                    target,
                    what,
                }
                .into());
            }
        }
        Ok(())
    }

    /// Refuses to grant while this device's clock is far behind the chain's: a session could end before it
    /// begins.
    pub(super) fn refuse_wrong_clock(&self, permissions: &[Permission]) -> Result<(), Error> {
        /// The largest lag up to which sessions use the chain's time instead of the device's.
        const MOST: Duration = Duration::from_mins(15);

        let by = self.pipeline.services.clock_lead();
        let now = self.pipeline.services.now();
        let is_too_short = |permission: &Permission| {
            let interval = permission.interval();
            let left = interval.remaining(now);
            left.is_some_and(|left| left <= by) && !interval.has_ended(platform::now())
        };
        let is_wrong = !by.is_zero() && (by > MOST || permissions.iter().any(is_too_short));
        match is_wrong && !permissions.is_empty() {
            true => Err(Error::from(ErrorKind::WrongClock { by })),
            false => Ok(()),
        }
    }

    /// Returns the chain state that a grant builds on, after fetching everything else that an operation
    /// needs.
    async fn ready_for_grant(&self) -> Result<Arc<ObservedState>, Error> {
        let services = &self.pipeline.services;
        // Browsers open six connections to a host, so the time is not requested again.
        let learned = async {
            services.fetch_time().await;
            Ok(())
        };
        let (account, _fees, (), ()) =
            futures::try_join!(self.observe(), services.fees(), services.check_chain(), learned)?;
        Ok(account)
    }

    /// Builds the unsigned operation that puts a grant into force.
    async fn build_grant(
        &self,
        account: &ObservedState,
        calls: &[Call],
        by: &Authorization<'_>,
        options: &UserOpOptions,
    ) -> Result<UserOperation, Error> {
        let deployment = self.pipeline.deployment(account.deployed);
        self.pipeline
            .build(calls, account.nonce, deployment, by, options)
            .await
    }

    /// Returns the calls that enable modules, meet the requirements of sessions, and put a grant into force.
    fn grant_calls(&self, modules: &[Address], setup: &[Call], proposal: &Proposal) -> Vec<Call> {
        let enabled = modules
            .iter()
            .flat_map(|module| self.pipeline.account.enable_module(*module));
        let calls = enabled.chain(setup.iter().cloned());
        calls.chain(proposal.calls.iter().cloned()).collect()
    }

    /// Submits a signed grant. Its record is kept even if the bundler refuses the operation, because the
    /// bundler may still send it later.
    async fn submit_grant(
        &self,
        signed: &SignedUserOperation,
        proposal: &Proposal,
        modules: Vec<Address>,
        calls: &[Call],
        options: &UserOpOptions,
    ) -> Result<UserOpHash, Error> {
        let intent = Intent {
            kind: UserOpKind::Grant {
                grant: proposal.grant,
                modules: modules.clone(),
            },
            calls,
            session: None,
            enables: None,
            options,
        };
        let answer = self.pipeline.submit(signed, &intent).await;
        // An operation that could not be recorded was not sent.
        let is_unsent = matches!(
            answer.as_ref().map_err(Error::kind),
            Err(ErrorKind::Service(_) | ErrorKind::Store(_))
        );
        if !is_unsent {
            let hash = signed.op.hash(self.pipeline.services.entry_point);
            let grant = proposal.grant;
            self.pipeline.cache.lock().granting = Some(SubmittedGrant {
                hash,
                grant,
                after: Some(proposal.after.clone()),
                modules,
                by_session: false,
            });
        }
        answer
    }

    /// Records the grant that the chain is asked to put into force.
    async fn propose(&self, account: &ObservedState, change: &GrantRequest) -> Result<Proposal, Error> {
        let replace_unknown = change.replace_unknown || change.ends_all();
        let sequence = sequence(account.nonce);
        if matches!(change.change.revoked, Revocation::These(_) | Revocation::All) {
            self.refuse_revocation(account, change, replace_unknown).await?;
        }
        let (wanted, state) = (change.change.clone(), account.sessions.clone());
        let now = platform::now();
        let propose = move |ledger: &mut dyn SessionLedger| {
            if !replace_unknown && !ledger.knows(&state) {
                let grants = ledger.untracked_grants(sequence);
                return Err(Error::from(ErrorKind::UntrackedSessions { grants }));
            }
            Ok(ledger.propose(&state, wanted, now, sequence)?)
        };
        match self.pipeline.change_ledger(replace_unknown, propose).await {
            Err(_) if change.ends_all() => Ok(self.pipeline.account.sessions().revoke_all(&account.sessions)),
            proposal => Ok(proposal??),
        }
    }

    /// Refuses to end sessions that do not exist, or whose end would end others.
    async fn refuse_revocation(
        &self,
        account: &ObservedState,
        change: &GrantRequest,
        replace_unknown: bool,
    ) -> Result<(), Error> {
        let sessions = self.pipeline.account.sessions();
        let ledger = match self.pipeline.ledger().await {
            Err(error) if replace_unknown && error.is_of_damaged_store() => sessions.new_ledger(),
            // Revoking everything works without a store.
            Err(_) if change.ends_all() => sessions.new_ledger(),
            ledger => ledger?,
        };
        let current = &account.sessions;
        if !ledger.knows(current) && !replace_unknown {
            let grants = ledger.untracked_grants(sequence(account.nonce));
            return Err(Error::from(ErrorKind::UntrackedSessions { grants }));
        }
        if let Revocation::These(ids) = &change.change.revoked {
            let lost = ledger.lost(current);
            if lost > 0 && !replace_unknown {
                return Err(Error::from(ErrorKind::UntrackedSessions { grants: lost }));
            }
            let granted = ledger.revocable(current);
            let missing = ids.iter().find(|id| !granted.contains(id));
            if let Some(id) = missing {
                return Err(Error::from(ErrorKind::NotActive(*id)));
            }
        }
        let is_needless = change.ends_all()
            && current.is_none()
            && ledger.revocable(current).is_empty()
            && self.conflicting(account.nonce).await.is_none();
        match is_needless {
            true => Err(Error::from(ErrorKind::NothingToRevoke)),
            false => Ok(()),
        }
    }

    /// Removes the record of a grant that was not submitted. Failures of the store are ignored: the caller
    /// reports the error of the grant itself.
    ///
    /// A record that existed before is kept: the same grant may have been signed earlier, and another tab may
    /// have sent it in the meantime.
    async fn withdraw_proposal(&self, Proposal { grant, is_new, .. }: Proposal) {
        let sent = self.pending_user_ops().await.unwrap_or_default();
        if is_new && sent.iter().all(|op| op.grant() != Some(grant)) {
            self.pipeline.record_event(SessionEvent::Withdrawn(grant)).await;
        }
    }

    /// Records the sessions that the chain returned.
    async fn settle(&self, account: &ObservedState) {
        let (state, next) = (account.sessions.clone(), sequence(account.nonce));
        self.pipeline
            .record_event(SessionEvent::Observed { state, next })
            .await;
    }

    /// Returns the pending operation that occupies the next grant's nonce. If there are several, it is the
    /// one with the highest `max_fee_per_gas`.
    async fn conflicting(&self, nonce: U256) -> Option<PendingUserOp> {
        let pending = self.pending_user_ops().await.unwrap_or_default();
        let conflicting = pending.into_iter().filter(|op| op.nonce == nonce);
        conflicting.max_by_key(|op| op.fees.max_fee_per_gas)
    }

    /// Waits for the pending grant to end, because a grant builds on the previous one. If
    /// the previous grant is never included, the next one reuses its nonce, so that it never can be.
    async fn wait_for_grant(&self) {
        self.pipeline.load_pending().await;
        let granting = self
            .pipeline
            .cache
            .lock()
            .granting
            .as_ref()
            .map(|granting| granting.hash);
        if let Some(hash) = granting {
            self.pipeline.wait_for_end(hash).await;
            let mut known = self.pipeline.cache.lock();
            known.granting.take_if(|granting| granting.hash == hash);
        }
    }
}
