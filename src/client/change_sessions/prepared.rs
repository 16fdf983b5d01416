use std::{borrow::Cow, sync::Arc};

use alloy::primitives::Address;

use super::GrantRequest;
use crate::{
    client::SmartAccountClient,
    error::Error,
    pipeline::{Authorization, Gate, ObservedState, Signing, UserOpOptions},
    platform::BoxFuture,
    primitives::{Call, SignedUserOperation, UserOpHash, UserOperation},
    session::Proposal,
};

/// A grant that is recorded in the ledger, and its operation. [`take_back`](Self::take_back) removes a grant that is
/// not submitted.
pub(super) struct Prepared<'a> {
    client: &'a SmartAccountClient,
    /// The state of the account that the grant builds on.
    pub(super) account: Arc<ObservedState>,
    proposal: Proposal,
    /// The modules that the operation enables.
    modules: Vec<Address>,
    /// The calls of the operation.
    calls: Vec<Call>,
    options: Cow<'a, UserOpOptions>,
    pub(super) op: UserOperation,
    _signing: Signing<'a>,
}

impl Prepared<'_> {
    /// Removes the grant from the ledger.
    pub(super) async fn take_back(self) {
        self.client.withdraw_proposal(self.proposal).await;
    }

    /// Removes the grant from the ledger because of an error, and returns the error.
    pub(super) async fn fail(self, error: Error) -> Error {
        self.take_back().await;
        error
    }

    pub(super) async fn submit(self, signed: &SignedUserOperation) -> Result<UserOpHash, Error> {
        self.client
            .submit_grant(
                signed,
                &self.proposal,
                self.modules.clone(),
                &self.calls,
                &self.options,
            )
            .await
    }
}

impl SmartAccountClient {
    /// Records a grant on a state of the account, and builds its operation. Opens the gate in between, before the first
    /// request.
    pub(super) fn prepare<'a>(
        &'a self,
        account: Arc<ObservedState>,
        change: &'a GrantRequest,
        setup: &'a [Call],
        by: &'a Authorization<'_>,
        gate: &'a Gate,
    ) -> BoxFuture<'a, Result<Prepared<'a>, Error>> {
        Box::pin(self.prepare_on(account, change, setup, by, gate))
    }

    async fn prepare_on<'a>(
        &'a self,
        account: Arc<ObservedState>,
        change: &'a GrantRequest,
        setup: &[Call],
        by: &Authorization<'_>,
        gate: &Gate,
    ) -> Result<Prepared<'a>, Error> {
        let (proposal, conflicting) =
            futures::join!(self.propose(&account, change), self.conflicting(account.nonce));
        gate.open();
        let proposal = proposal?;
        let signing = self.pipeline.cache.signing(proposal.grant);
        let options = match conflicting {
            Some(op) => Cow::Owned(change.options.clone().replacing(&op)),
            None => Cow::Borrowed(&change.options),
        };
        let mut modules = change.modules.clone();
        modules.retain(|module| !account.enabled.contains(module));
        let mut calls = self.grant_calls(&modules, setup, &proposal);
        calls.extend(change.calls.iter().cloned());
        let build = self.build_grant(&account, &calls, by, &options);
        match futures::try_join!(build, self.refuse_modules(account.deployed, &change.targets)) {
            Ok((op, ())) => Ok(Prepared {
                client: self,
                account,
                proposal,
                modules,
                calls,
                options,
                op,
                _signing: signing,
            }),
            Err(error) => {
                self.withdraw_proposal(proposal).await;
                Err(error)
            }
        }
    }
}
