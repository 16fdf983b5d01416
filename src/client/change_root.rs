use std::time::Duration;

use alloy::primitives::{Address, B256, U256};
use futures::future::try_join_all;

use super::{
    Error, Options, PendingUserOp, SmartAccountClient, UserOpKind, UserOpResponse,
    facts::{Granting, OnChain},
    hand_over::Signatory,
    journal::Intent,
};
use crate::{
    account, platform,
    primitives::{Call, SignedUserOperation, UserOpHash, UserOperation},
    session::{Book, Guards, Leaf, PolicyError, StoreError, Tree, TreeChange, Without, set_merkle_root},
};

/// A change to the account's tree of sessions.
pub(super) struct RootChange<'a> {
    pub(super) change: TreeChange,
    /// The modules that the change requires.
    pub(super) modules: Vec<Address>,
    /// The target contract of each permission, by the permission's number. No target may be a module of the
    /// account.
    pub(super) targets: Vec<(usize, Address)>,
    /// True if sessions that are not in the store may end.
    pub(super) replace_unknown: bool,
    pub(super) options: &'a Options,
}

impl RootChange<'_> {
    /// Returns true if the change ends all sessions, so that the current root does not matter.
    fn ends_all(&self) -> bool {
        self.change.without == Without::All
    }
}

impl SmartAccountClient {
    /// Sends the operation that sets the Merkle root of a new tree of sessions.
    ///
    /// The same operation deploys the account and enables the required modules, unless that is done already.
    /// If it fails, the sessions stay as they are.
    pub(super) async fn change_root(&self, change: RootChange<'_>) -> Result<UserOpResponse, Error> {
        let signatory = Signatory::Owner(self.signer()?.as_ref());
        let turn = self.turn().await;
        let begun = platform::monotonic();
        self.let_grant_end().await;
        // All grants share a nonce key, so this grant replaces one that is stuck.
        let is_grant = |op: &PendingUserOp| matches!(op.kind, UserOpKind::Grant { .. });
        self.let_deployment_end(is_grant).await?;
        // Build on the cached chain state at once, and verify that state in parallel.
        let (mut account, mut is_likely) = match self.likely() {
            Some(account) => (account, true),
            None => (self.ready_for_grant().await?, false),
        };
        loop {
            let (root, is_new) = match self.note_change(&account, &change).await {
                Err(Error::SessionsElsewhere { .. } | Error::NotActive(_) | Error::NothingToRevoke)
                    if is_likely =>
                {
                    (account, is_likely) = (self.ready_for_grant().await?, false);
                    continue;
                }
                noted => noted?,
            };
            let _signing = self.facts.signing(root);
            let options = match self.in_the_way(account.nonce).await {
                Some(op) => &op.replaced_with(change.options.clone()),
                None => change.options,
            };
            let mut modules = change.modules.clone();
            modules.retain(|module| !account.enabled.contains(module));
            let build = async {
                let build = self.build_grant(&account, &modules, root, &signatory, options);
                let (op, ()) = futures::try_join!(build, self.refuse_modules(&account, &change.targets))?;
                Ok(op)
            };
            let built = if is_likely {
                // The sponsor is slowest, so its request goes first: browsers open six connections to a host.
                match futures::join!(build, self.ready_for_grant()) {
                    (_, Ok(now)) if now != account => {
                        self.take_back(root, is_new).await;
                        (account, is_likely) = (now, false);
                        continue;
                    }
                    (built, checked) => checked.and(built),
                }
            } else {
                build.await
            };
            let built = self.refuse_wrong_clock(&change.change.leaves).and(built);
            let signed = match built {
                Ok(op) => self.sign(op, &signatory).await,
                Err(error) => Err(error),
            };
            // Others wait for the lock no longer than `TURN`, so a signature that took longer may be
            // outdated.
            let is_late = turn.is_none() || platform::monotonic().saturating_sub(begun) >= Self::TURN;
            let checked = match signed {
                Ok(signed) if is_late => {
                    self.let_grant_end().await;
                    self.ready_for_grant().await.map(|now| (signed, now))
                }
                signed => signed.map(|signed| (signed, account.clone())),
            };
            return match checked {
                // An operation that was not signed, or not submitted, cannot be sent by others.
                Err(error) => {
                    self.take_back(root, is_new).await;
                    Err(error)
                }
                Ok((_, now)) if now != account => {
                    self.take_back(root, is_new).await;
                    (account, is_likely) = (now, false);
                    continue;
                }
                Ok((signed, _)) => {
                    self.settle(&account).await;
                    self.hand_over_grant(&signed, root, modules, options).await
                }
            };
        }
    }

    /// Refuses targets that are modules of the account: a key that may call a module could take over the
    /// account.
    async fn refuse_modules(&self, account: &OnChain, targets: &[(usize, Address)]) -> Result<(), Error> {
        if !account.deployed {
            return Ok(());
        }
        let asked = targets.iter().map(|(_, target)| self.is_enabled(*target));
        let enabled = try_join_all(asked).await?;
        match targets.iter().zip(enabled).find(|(_, is_enabled)| *is_enabled) {
            Some((&(permission, target), _)) => {
                let refused = PolicyError::RefusedTarget {
                    permission,
                    target,
                    what: Guards::MODULE,
                };
                Err(refused.into())
            }
            None => Ok(()),
        }
    }

    /// Refuses to grant while this device's clock is far behind the chain's: a session could end before it
    /// begins.
    fn refuse_wrong_clock(&self, leaves: &[Leaf]) -> Result<(), Error> {
        /// The largest lag up to which sessions use the chain's time instead of the device's.
        const MOST: Duration = Duration::from_mins(15);

        let by = self.services.clock_lead();
        let now = self.services.now();
        let is_too_short = |leaf: &Leaf| {
            let left = leaf.interval().remaining(now);
            left.is_some_and(|left| left <= by) && !leaf.interval().has_ended(platform::now())
        };
        let is_wrong = !by.is_zero() && (by > MOST || leaves.iter().any(is_too_short));
        match is_wrong && !leaves.is_empty() {
            true => Err(Error::WrongClock { by }),
            false => Ok(()),
        }
    }

    /// Returns the chain state that a grant builds on, after fetching everything else that an operation
    /// needs.
    async fn ready_for_grant(&self) -> Result<OnChain, Error> {
        let services = &self.services;
        // Browsers open six connections to a host, so the time is not requested again.
        let learned = async {
            services.learn_time().await;
            Ok(())
        };
        let (account, _fees, (), ()) =
            futures::try_join!(self.on_chain(), services.fees(), services.check_chain(), learned)?;
        Ok(account)
    }

    /// Builds the unsigned operation that sets a Merkle root on chain.
    async fn build_grant(
        &self,
        account: &OnChain,
        modules: &[Address],
        root: B256,
        signatory: &Signatory<'_>,
        options: &Options,
    ) -> Result<UserOperation, Error> {
        let calls = self.grant_calls(modules, root);
        let init_code = self.init_code(account.deployed);
        self.build(&calls, account.nonce, init_code, signatory, options)
            .await
    }

    /// Returns the calls that enable modules and set a Merkle root.
    fn grant_calls(&self, modules: &[Address], root: B256) -> Vec<Call> {
        let enabled = modules.iter();
        let enabled = enabled.map(|module| account::enable_module(self.address, *module));
        let grant = set_merkle_root(self.services.contracts.session_key_manager, root);
        enabled.chain([grant]).collect()
    }

    /// Submits a signed grant. Its record is kept even if the bundler refuses the operation, because the
    /// bundler may still send it later.
    async fn hand_over_grant(
        &self,
        signed: &SignedUserOperation,
        root: B256,
        modules: Vec<Address>,
        options: &Options,
    ) -> Result<UserOpResponse, Error> {
        let intent = Intent {
            kind: UserOpKind::Grant {
                root,
                modules: modules.clone(),
            },
            calls: &self.grant_calls(&modules, root),
            session: None,
            options,
        };
        let answer = self.hand_over(signed, intent).await;
        // An operation that could not be recorded was not sent.
        let is_unsent = matches!(answer, Err(Error::Service(_) | Error::Store(_)));
        if !is_unsent {
            let hash = signed.op.hash(self.services.entry_point);
            self.facts.lock().granting = Some(Granting { hash, root, modules });
        }
        answer
    }

    /// Records the tree that the chain is asked to hold. Returns the tree's root, and true if the ledger did
    /// not contain that root before.
    async fn note_change(&self, account: &OnChain, change: &RootChange<'_>) -> Result<(B256, bool), Error> {
        let replace_unknown = change.replace_unknown || change.ends_all();
        let book = match self.book().await {
            Err(Error::Store(StoreError::Damaged(_))) if replace_unknown => Book::default(),
            // Revoking everything works without a store.
            Err(_) if change.ends_all() => Book::default(),
            book => book?,
        };
        let root = account.root;
        let sequence = sequence(account.nonce);
        let base = match book.tree(root) {
            Some(tree) => tree,
            None if replace_unknown => Tree::new([]),
            None => {
                let grants = book.grants_elsewhere(sequence);
                return Err(Error::SessionsElsewhere { root, grants });
            }
        };
        if let Without::These(ids) = &change.change.without {
            let lost = book.lost(root);
            if lost > 0 && !replace_unknown {
                return Err(Error::SessionsElsewhere { root, grants: lost });
            }
            let held = book.all_sessions(root);
            let missing = ids
                .iter()
                .find(|id| held.iter().all(|session| session.id != **id));
            if let Some(id) = missing {
                return Err(Error::NotActive(*id));
            }
        }
        if change.ends_all() && root.is_zero() && self.in_the_way(account.nonce).await.is_none() {
            return Err(Error::NothingToRevoke);
        }
        let wanted = change.change.clone();
        let now = platform::now();
        let note = move |book: &mut Book| book.note(root, &base, wanted, now, Some(sequence));
        match self.change_book(replace_unknown, note).await {
            Err(_) if change.ends_all() => Ok((Tree::new([]).root(), false)),
            noted => noted,
        }
    }

    /// Removes the record of a grant that was not submitted. Failures of the store are ignored: the caller
    /// reports the error of the grant itself.
    ///
    /// A record that existed before is kept: the same grant may have been signed earlier, and another tab may
    /// have sent it in the meantime.
    async fn take_back(&self, root: B256, is_new: bool) {
        let sent = self.pending_user_ops().await.unwrap_or_default();
        if is_new && sent.iter().all(|op| op.root() != Some(root)) {
            let _ = self.change_book(false, move |book| book.forget(root)).await;
        }
    }

    /// Records the root that the chain returned. A failure is ignored, because the next call records it
    /// again.
    async fn settle(&self, account: &OnChain) {
        let (root, next) = (account.root, sequence(account.nonce));
        let now = platform::now();
        let tidy = move |book: &mut Book| book.tidy(root, next, now);
        let _ = self.change_book(false, tidy).await;
    }

    /// Records that a grant was included. A failure is ignored, because the next read of the sessions gets
    /// the root from the chain.
    pub(super) async fn note_included(&self, root: B256) {
        let now = platform::now();
        let _ = self.change_book(false, move |book| book.include(root, now)).await;
    }

    /// Records that a grant failed, unless a pending operation at another nonce sets the same root.
    /// Operations at the same nonce can no longer set it.
    pub(super) async fn note_failed(&self, nonce: U256, root: B256) {
        let pending = self.pending_user_ops().await.unwrap_or_default();
        let is_another = |op: &PendingUserOp| op.nonce != nonce && op.root() == Some(root);
        if !pending.iter().any(is_another) {
            let _ = self.change_book(false, move |book| book.fail(root)).await;
        }
    }

    /// Records that a grant was replaced, unless the chain holds the grant's root or the replacing operation
    /// sets it.
    pub(super) async fn note_replaced(&self, nonce: U256, root: B256, by: Option<UserOpHash>) {
        if let Some(by) = by
            && let Some(by) = self.kept(by).await
            && by.root() == Some(root)
        {
            return;
        }
        if self.root_on_chain().await.is_ok_and(|now| now != root) {
            self.note_failed(nonce, root).await;
        }
    }

    /// Returns the pending operation that occupies the next grant's nonce. If there are several, it is the
    /// one with the highest `max_fee_per_gas`.
    async fn in_the_way(&self, nonce: U256) -> Option<PendingUserOp> {
        let pending = self.pending_user_ops().await.unwrap_or_default();
        let in_the_way = pending.into_iter().filter(|op| op.nonce == nonce);
        in_the_way.max_by_key(|op| op.fees.max_fee_per_gas)
    }

    /// Waits for the pending grant to end, because a grant builds on the root that the previous one sets. If
    /// the previous grant is never included, the next one reuses its nonce, so that it never can be.
    async fn let_grant_end(&self) {
        self.learn_pending().await;
        let granting = self.facts.lock().granting.as_ref().map(|granting| granting.hash);
        if let Some(hash) = granting {
            self.let_end(hash).await;
            let mut known = self.facts.lock();
            known.granting.take_if(|granting| granting.hash == hash);
        }
    }
}

/// Returns the sequence number of a nonce: the nonce without its key.
pub(super) fn sequence(nonce: U256) -> u64 {
    nonce.as_limbs()[0]
}
