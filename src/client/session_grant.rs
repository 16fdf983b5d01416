use alloy::primitives::Bytes;

use super::{SmartAccountClient, UserOpResponse};
use crate::{
    error::Error,
    platform,
    primitives::UserOpReceipt,
    session::{OwnerGrant, SessionChange, SessionEvent, SessionId, SessionLedger},
    signer::{TypedData, verified},
    tracking::{UserOpStatus, WaitOptions},
};

/// A session that was granted, by an operation or by a signature alone.
///
/// A session of an operation is active once the operation is included. A session of a signature can be used at once: its
/// first operation enables the session on chain, and deploys the account if that is not done yet.
///
/// # Examples
///
/// ```no_run
/// use use_aa::{CreateSession, Error, SmartAccountClient};
///
/// # async fn grant(client: SmartAccountClient, request: CreateSession) -> Result<(), Error> {
/// let granted = client.create_session(request).await?;
/// if let Some(receipt) = granted.wait(1).await? {
///     println!("the chain has enabled {} in {}", granted.id(), receipt.transaction.hash);
/// }
/// # Ok(())
/// # }
/// ```
#[derive(Clone, Debug)]
pub struct SessionGrant {
    id: SessionId,
    user_op: Option<UserOpResponse>,
}

impl SessionGrant {
    pub(super) const fn new(id: SessionId, user_op: Option<UserOpResponse>) -> Self {
        Self { id, user_op }
    }

    /// Returns the id of the session.
    #[must_use]
    pub const fn id(&self) -> SessionId {
        self.id
    }

    /// Returns the operation that enables the session. `None` if the session can be used without one.
    #[must_use]
    pub const fn user_op(&self) -> Option<&UserOpResponse> {
        self.user_op.as_ref()
    }

    /// Returns the operation that enables the session, without the session.
    #[must_use]
    pub fn into_user_op(self) -> Option<UserOpResponse> {
        self.user_op
    }

    /// Waits until the session can be used, and returns the receipt of the operation that enables the session, if there
    /// is one.
    ///
    /// # Errors
    ///
    /// As [`SmartAccountClient::wait`].
    pub async fn wait(&self, wait: impl Into<WaitOptions>) -> Result<Option<UserOpReceipt>, Error> {
        match &self.user_op {
            Some(user_op) => user_op.wait(wait).await.map(Some),
            None => Ok(None),
        }
    }
}

impl SmartAccountClient {
    /// Lets the owner sign a grant that takes effect with the first use of its session. No service is asked. The session
    /// is recorded before the wallet is asked, so that nothing is signed in vain.
    pub(super) async fn sign_grant(
        &self,
        change: SessionChange,
        data: &TypedData,
        replace_damaged: bool,
    ) -> Result<SessionGrant, Error> {
        let id = change.id;
        self.refuse_wrong_clock(&change.permissions)?;
        let now = platform::now();
        let draft = {
            let change = change.clone();
            move |ledger: &mut dyn SessionLedger| ledger.draft(change, now)
        };
        let grant = self.pipeline.change_ledger(replace_damaged, draft).await??;
        let _signing = self.pipeline.cache.signing(grant);
        let signed = async {
            let signature = self.signature_of(data).await?;
            let owner = OwnerGrant {
                account: self.address(),
                chain_id: self.pipeline.services.chain_id(),
                signature,
                deployment: self.pipeline.account.deployment(),
            };
            let record = move |ledger: &mut dyn SessionLedger| ledger.record_signed(change, owner, now);
            Ok(self.pipeline.change_ledger(false, record).await??)
        };
        match signed.await {
            Ok(()) => Ok(SessionGrant::new(id, None)),
            Err(error) => {
                self.pipeline.record_event(SessionEvent::Withdrawn(grant)).await;
                Err(error)
            }
        }
    }

    async fn signature_of(&self, data: &TypedData) -> Result<Bytes, Error> {
        let (owner, stages) = (self.signer()?, &self.pipeline.stages);
        stages.report(UserOpStatus::AwaitingSignature);
        let asked = async {
            let signature = owner.sign_typed_data(data).await?;
            Ok(verified(signature, data.hash(), owner.address())?
                .as_bytes()
                .into())
        };
        match stages.cancellation.unless(Box::pin(asked)).await {
            Ok(signature) => Ok(signature),
            Err(error) => Err(self.pipeline.unsigned(error).await),
        }
    }
}
