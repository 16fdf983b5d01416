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

/// What is to change in the account's sessions.
pub(super) struct RootChange<'a> {
    pub(super) change: TreeChange,
    /// The modules that it takes.
    pub(super) modules: Vec<Address>,
    /// The contracts that each permission is for, which may be no modules of the account.
    pub(super) targets: Vec<(usize, Address)>,
    /// Whether sessions that are not known here may end.
    pub(super) replace_unknown: bool,
    pub(super) options: &'a Options,
}

impl RootChange<'_> {
    /// Whether it matters not what the chain holds now.
    fn ends_all(&self) -> bool {
        self.change.without == Without::All
    }
}

impl SmartAccountClient {
    /// Has the chain hold the root of another tree of sessions. Deploys the account and enables modules where that
    /// was not done before, in the same operation. Whatever goes wrong, the sessions stay as they are.
    pub(super) async fn change_root(&self, change: RootChange<'_>) -> Result<UserOpResponse, Error> {
        let signatory = Signatory::Owner(self.signer()?.as_ref());
        let turn = self.turn().await;
        let begun = platform::monotonic();
        self.let_grant_end().await;
        // All grants share a nonce, so that this one takes the place of one that is stuck.
        let is_grant = |op: &PendingUserOp| matches!(op.kind, UserOpKind::Grant { .. });
        self.let_deployment_end(is_grant).await?;
        // What is likely is built on at once, and checked meanwhile.
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
                // The sponsor takes longest and is asked first: browsers make six calls of one host at a time.
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
            // Whoever takes longer to sign than others wait for a turn may be overtaken.
            let is_late = turn.is_none() || platform::monotonic().saturating_sub(begun) >= Self::TURN;
            let checked = match signed {
                Ok(signed) if is_late => {
                    self.let_grant_end().await;
                    self.ready_for_grant().await.map(|now| (signed, now))
                }
                signed => signed.map(|signed| (signed, account.clone())),
            };
            return match checked {
                // Nobody can send what was not signed, or was not given away.
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

    /// Refuses targets that are modules of the account: a key that may call one could take the account over.
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

    /// Refuses to grant by a clock that is far behind: a session could have ended before it began.
    fn refuse_wrong_clock(&self, leaves: &[Leaf]) -> Result<(), Error> {
        /// Up to here sessions last by the chain's time instead.
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

    /// What a grant builds on, once all is known that any operation needs.
    async fn ready_for_grant(&self) -> Result<OnChain, Error> {
        let services = &self.services;
        // Browsers make six calls of one host at a time: the time is not asked for again.
        let learned = async {
            services.learn_time().await;
            Ok(())
        };
        let (account, _fees, (), ()) =
            futures::try_join!(self.on_chain(), services.fees(), services.check_chain(), learned)?;
        Ok(account)
    }

    /// The operation that makes the chain hold a root, but for its signature.
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

    /// What enables modules and sets a root.
    fn grant_calls(&self, modules: &[Address], root: B256) -> Vec<Call> {
        let enabled = modules.iter();
        let enabled = enabled.map(|module| account::enable_module(self.address, *module));
        let grant = set_merkle_root(self.services.contracts.session_key_manager, root);
        enabled.chain([grant]).collect()
    }

    /// What is signed is never forgotten: whatever the bundler says, it may send it later.
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
        // What could not be kept was not sent.
        let is_unsent = matches!(answer, Err(Error::Service(_) | Error::Store(_)));
        if !is_unsent {
            let hash = signed.op.hash(self.services.entry_point);
            self.facts.lock().granting = Some(Granting { hash, root, modules });
        }
        answer
    }

    /// Writes down the tree that the chain is asked to hold. Gives its root, and whether it was not there before.
    async fn note_change(&self, account: &OnChain, change: &RootChange<'_>) -> Result<(B256, bool), Error> {
        let replace_unknown = change.replace_unknown || change.ends_all();
        let book = match self.book().await {
            Err(Error::Store(StoreError::Damaged(_))) if replace_unknown => Book::default(),
            // What takes all rights away needs no store.
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

    /// Forgets a grant that was never made. That it failed is what the user must learn, whatever the store says.
    ///
    /// One that was there before may have been signed before, and another tab may have sent the same meanwhile.
    async fn take_back(&self, root: B256, is_new: bool) {
        let sent = self.pending_user_ops().await.unwrap_or_default();
        if is_new && sent.iter().all(|op| op.root() != Some(root)) {
            let _ = self.change_book(false, move |book| book.forget(root)).await;
        }
    }

    /// Notes the root that the chain has told. Should that fail, the next one does.
    async fn settle(&self, account: &OnChain) {
        let (root, next) = (account.root, sequence(account.nonce));
        let now = platform::now();
        let tidy = move |book: &mut Book| book.tidy(root, next, now);
        let _ = self.change_book(false, tidy).await;
    }

    /// Notes that a grant was included. Should that fail, the chain tells again when sessions are looked at.
    pub(super) async fn note_included(&self, root: B256) {
        let now = platform::now();
        let _ = self.change_book(false, move |book| book.include(root, now)).await;
    }

    /// Notes that a grant has failed, unless another operation is to bring the same. Of those in its nonce none will.
    pub(super) async fn note_failed(&self, nonce: U256, root: B256) {
        let pending = self.pending_user_ops().await.unwrap_or_default();
        let is_another = |op: &PendingUserOp| op.nonce != nonce && op.root() == Some(root);
        if !pending.iter().any(is_another) {
            let _ = self.change_book(false, move |book| book.fail(root)).await;
        }
    }

    /// Notes that a grant was replaced: unless the chain holds what it was to bring, or the other one brings it.
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

    /// The operation that stands in the next grant's place and will not move: the one that offers most.
    async fn in_the_way(&self, nonce: U256) -> Option<PendingUserOp> {
        let pending = self.pending_user_ops().await.unwrap_or_default();
        let in_the_way = pending.into_iter().filter(|op| op.nonce == nonce);
        in_the_way.max_by_key(|op| op.fees.max_fee_per_gas)
    }

    /// A grant builds on the root that the one before it sets. Should that one never be included, this one takes
    /// its nonce, so that it never can be.
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

/// The place of a grant in the row of all: what is left of its nonce without the key.
pub(super) fn sequence(nonce: U256) -> u64 {
    nonce.as_limbs()[0]
}
