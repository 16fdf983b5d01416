use std::sync::Arc;

use super::{SmartAccountClient, UserOpResponse, session_call::SessionCall};
use crate::{
    error::{Error, ErrorKind},
    pipeline::{Intent, NonceLane, Payment, UserOpOptions, sequence},
    primitives::UserOpHash,
    session::GrantId,
    signer::SessionSigner,
    tracking::{PendingPayment, UserOpKind},
};

/// A request to send a pending operation again at the same nonce, with the same calls, the same payer and
/// higher fees.
///
/// Only one of the two operations can be included.
///
/// The default [options](super::Request::options) are the payer of the pending operation with otherwise
/// [`UserOpOptions::new`]: the paymaster context is not recorded. An operation that is paid for in a token needs its
/// payment again.
///
/// # Examples
///
/// ```no_run
/// use use_aa::{Error, SmartAccountClient, SpeedUp, UserOpResponse};
///
/// # async fn hurry(client: SmartAccountClient, sent: UserOpResponse) -> Result<(), Error> {
/// let faster = client.speed_up(SpeedUp::new(sent)).await?;
/// println!("{}", faster.wait(1).await?.transaction.hash);
/// # Ok(())
/// # }
/// ```
#[derive(Clone, Debug)]
pub struct SpeedUp {
    op: UserOpHash,
    pub(super) options: Option<UserOpOptions>,
    signer: Option<Arc<dyn SessionSigner>>,
}

impl SpeedUp {
    /// Sends a pending operation again.
    pub fn new(op: impl Into<UserOpHash>) -> Self {
        Self {
            op: op.into(),
            options: None,
            signer: None,
        }
    }

    /// Sets the signer of a session that has a remote signer. The default is the session's key in the store.
    #[must_use]
    pub fn signer(mut self, signer: impl SessionSigner + 'static) -> Self {
        self.signer = Some(Arc::new(signer));
        self
    }
}

impl SmartAccountClient {
    /// Sends a pending operation again at the same nonce, with fees that are at least 10 % higher, and at
    /// least the current ones. The same signer signs again: the owner, or the session.
    ///
    /// The usual limits on the cost of an operation apply.
    ///
    /// # Errors
    ///
    /// [`ErrorKind::NotPending`] when the operation is not recorded as pending, [`ErrorKind::CallsNotKept`],
    /// [`ErrorKind::PaymentNotGiven`]; [`ErrorKind::NonceTaken`] when the operation, or another one at its
    /// nonce, was included in the meantime; [`ErrorKind::UntrackedSessions`] when the operation is a grant,
    /// and another device has replaced the sessions that it builds on; otherwise [`Error`] when the signer
    /// does not sign, a service fails, or the operation is refused.
    pub async fn speed_up(&self, request: SpeedUp) -> Result<UserOpResponse, Error> {
        let SpeedUp { op, options, signer } = request;
        let pending = self.pipeline.tracker.journal.pending(op).await?;
        let calls = pending
            .calls
            .as_ref()
            .ok_or_else(|| Error::from(ErrorKind::CallsNotKept(op)))?;
        let options = match options {
            Some(options) => options,
            None => payer(pending.payment)?.into(),
        };
        let options = options.replacing(&pending);
        if let Some(grant) = pending.grant() {
            self.refuse_overtaken(grant).await?;
        }
        let Some(session) = pending.session else {
            let intent = Intent {
                kind: pending.kind.clone(),
                calls,
                session: None,
                enables: None,
                options: &options,
            };
            let hash = self.pipeline.send_as_owner(pending.nonce, intent).await?;
            return Ok(self.response(hash));
        };
        let call = SessionCall {
            calls,
            in_batch: pending.kind == UserOpKind::Batch,
            session: Some(session),
            signer: signer.as_deref(),
            vault: self.pipeline.store.vault(),
            // The chain checks the session again.
            unchecked: true,
            lane: NonceLane::Given(pending.nonce),
        };
        self.execute(call, &options).await
    }
}

impl SmartAccountClient {
    /// Refuses to send a grant again if it would end sessions that were granted in the meantime.
    async fn refuse_overtaken(&self, grant: GrantId) -> Result<(), Error> {
        // Revoking everything works without a store.
        if grant.is_none() {
            return Ok(());
        }
        let ledger = self.pipeline.ledger().await?;
        let Some(base) = ledger.base(grant) else {
            return Ok(());
        };
        let (now, nonce) =
            futures::try_join!(self.pipeline.sessions_on_chain(), self.pipeline.nonce_of_grants())?;
        if now == base || self.pipeline.account.sessions().after(&now, grant).as_ref() == Some(&now) {
            return Ok(());
        }
        let grants = ledger.untracked_grants(sequence(nonce));
        Err(Error::from(ErrorKind::UntrackedSessions { grants }))
    }
}

fn payer(payment: PendingPayment) -> Result<Payment, Error> {
    match payment {
        PendingPayment::Own => Ok(Payment::Own),
        PendingPayment::Sponsored => Ok(Payment::Sponsored),
        PendingPayment::SponsoredOrOwn => Ok(Payment::SponsoredOrOwn),
        // A page that never pays in tokens does not link the code for it.
        PendingPayment::Token { token, .. } => Err(Error::from(ErrorKind::PaymentNotGiven(token))),
    }
}
