use std::sync::Arc;

use super::{SmartAccountClient, UserOpResponse, session_call::SessionCall};
use crate::{
    error::{Error, ErrorKind},
    pipeline::{NonceLane, UserOpOptions},
    primitives::Call,
    session::SessionId,
    signer::SessionSigner,
};

/// A request to make one call, or several in one operation, that a session key signs. All of the calls succeed, or
/// none.
///
/// Several calls need a session that was [granted for batches](super::CreateSession::for_batches), or an account whose
/// batch module was enabled otherwise. Each call is checked under the policy that allows it.
///
/// # Examples
///
/// ```
/// use alloy::{primitives::address, sol};
/// use use_aa::{Call, Payment, Request, UseSession};
///
/// sol! {
///     function safeMint(address to);
/// }
///
/// let nft = address!("1758f42Af7026fBbB559Dc60EcE0De3ef81f665e");
/// let account = address!("58F903f277EFeDF01CF6939f64Af3B657AC4a9Af");
/// let request = UseSession::new(Call::new(nft, safeMintCall { to: account })).pay(Payment::Sponsored);
/// # let _ = request;
/// ```
///
/// Several calls:
///
/// ```
/// use alloy::{primitives::{U256, address}, sol};
/// use use_aa::{Call, UseSession};
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
/// let request = UseSession::new([
///     Call::new(token, approveCall { spender: exchange, amount }),
///     Call::new(exchange, swapCall { amount }),
/// ]);
/// # let _ = request;
/// ```
#[derive(Clone, Debug)]
pub struct UseSession {
    calls: Vec<Call>,
    in_batch: bool,
    pub(super) options: UserOpOptions,
    pub(super) lane: NonceLane,
    session: Option<SessionId>,
    signer: Option<Arc<dyn SessionSigner>>,
    unchecked: bool,
}

impl UseSession {
    /// Makes one call or several with the newest session that allows each of them by one of its policies.
    pub fn new(calls: impl IntoIterator<Item = Call>) -> Self {
        Self {
            calls: calls.into_iter().collect(),
            in_batch: false,
            options: UserOpOptions::new(),
            lane: NonceLane::Fresh,
            session: None,
            signer: None,
            unchecked: false,
        }
    }

    /// Sends a single call as a batch of one, which needs a session [for batches](super::CreateSession::for_batches).
    /// The default is false. Several calls are always a batch.
    #[must_use]
    pub const fn in_batch(mut self, is: bool) -> Self {
        self.in_batch = is;
        self
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
    /// Makes one call, or several in one operation, that a session signs. The owner need not be available, and is asked
    /// in one case: if another tool has removed what the account needs for a session that was granted by a signature, and
    /// the client has the owner, an operation of the owner adds that before the session's first operation.
    ///
    /// # Errors
    ///
    /// [`ErrorKind::NoCalls`], [`ErrorKind::NoSession`], [`ErrorKind::NotActive`], [`ErrorKind::Forbidden`]
    /// before anything is sent; [`ErrorKind::ForbiddenByChain`] when the request is
    /// [unchecked](UseSession::unchecked) and the chain refuses a call; [`ErrorKind::RefusedByContract`] when the
    /// account's contracts refuse the session, with the advice what to do; otherwise [`Error`] when the store,
    /// the session's signer or a service fails, or the operation is refused.
    pub async fn use_session(&self, request: UseSession) -> Result<UserOpResponse, Error> {
        if request.calls.is_empty() {
            return Err(Error::from(ErrorKind::NoCalls));
        }
        let call = SessionCall {
            calls: &request.calls,
            in_batch: request.in_batch || request.calls.len() > 1,
            session: request.session,
            signer: request.signer.as_deref(),
            vault: self.pipeline.store.vault(),
            unchecked: request.unchecked,
            lane: request.lane,
        };
        self.execute(call, &request.options).await
    }
}

#[cfg(test)]
mod tests;
