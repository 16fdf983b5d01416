use std::sync::Arc;

use super::{SmartAccountClient, UserOpResponse, session_call::SessionCall};
use crate::{
    error::Error,
    pipeline::{NonceLane, UserOpOptions},
    primitives::Call,
    session::SessionId,
    signer::SessionSigner,
};

/// A request to make several calls in one operation that a session key signs: all of them succeed, or none.
///
/// # Examples
///
/// ```
/// use alloy::{primitives::{U256, address}, sol};
/// use use_aa::{Call, UseBatchSession};
///
/// sol! {
///     function approve(address spender, uint256 amount);
///     function swap(uint256 amount);
/// }
///
/// let (token, exchange) = (
///     address!("fee0000000000000000000000000000000000006"),
///     address!("58F903f277EFeDF01CF6939f64Af3B657AC4a9Af"),
/// );
/// let amount = U256::from(5);
/// let request = UseBatchSession::new([
///     Call::new(token, approveCall { spender: exchange, amount }),
///     Call::new(exchange, swapCall { amount }),
/// ]);
/// # let _ = request;
/// ```
#[derive(Clone, Debug)]
pub struct UseBatchSession {
    calls: Vec<Call>,
    pub(super) options: UserOpOptions,
    pub(super) lane: NonceLane,
    session: Option<SessionId>,
    signer: Option<Arc<dyn SessionSigner>>,
    unchecked: bool,
}

impl UseBatchSession {
    /// Makes calls with the newest session that allows each of them by one of its policies.
    pub fn new(calls: impl IntoIterator<Item = Call>) -> Self {
        Self {
            calls: calls.into_iter().collect(),
            options: UserOpOptions::new(),
            lane: NonceLane::Fresh,
            session: None,
            signer: None,
            unchecked: false,
        }
    }

    /// Sets the session. The default is the newest one that allows the calls.
    #[must_use]
    pub const fn session(mut self, id: SessionId) -> Self {
        self.session = Some(id);
        self
    }

    /// Sets the signer of a session that was [granted](super::CreateSession::signer) to a remote signer. The
    /// default is the session's key in the store.
    #[must_use]
    pub fn signer(mut self, signer: impl SessionSigner + 'static) -> Self {
        self.signer = Some(Arc::new(signer));
        self
    }

    /// Skips the local check of the session's policies, so that the chain alone decides. By default forbidden
    /// calls are not sent.
    #[must_use]
    pub const fn unchecked(mut self) -> Self {
        self.unchecked = true;
        self
    }
}

impl SmartAccountClient {
    /// Makes several calls in one operation that a session signs, each under the policy that allows it. The
    /// session must have been [granted for batches](super::CreateSession::for_batches), or the account's
    /// batch router must have been enabled otherwise.
    ///
    /// # Errors
    ///
    /// As [`use_session`](Self::use_session), and [`Error::NoCalls`].
    pub async fn use_batch_session(&self, request: UseBatchSession) -> Result<UserOpResponse, Error> {
        if request.calls.is_empty() {
            return Err(Error::NoCalls);
        }
        let call = SessionCall {
            calls: &request.calls,
            in_batch: true,
            session: request.session,
            signer: request.signer.as_deref(),
            vault: self.sessions.store.vault(),
            unchecked: request.unchecked,
            lane: request.lane,
        };
        self.execute(call, &request.options).await
    }
}
