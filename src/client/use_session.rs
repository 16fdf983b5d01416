use std::{slice, sync::Arc};

use super::{SmartAccountClient, UserOpResponse, session_call::SessionCall};
use crate::{
    error::Error,
    pipeline::{NonceLane, UserOpOptions},
    primitives::Call,
    session::SessionId,
    signer::SessionSigner,
};

/// A request to make a call that a session key signs.
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
#[derive(Clone, Debug)]
pub struct UseSession {
    call: Call,
    pub(super) options: UserOpOptions,
    pub(super) lane: NonceLane,
    session: Option<SessionId>,
    signer: Option<Arc<dyn SessionSigner>>,
    unchecked: bool,
}

impl UseSession {
    /// Makes a call with the newest session that allows it.
    #[must_use]
    pub fn new(call: Call) -> Self {
        Self {
            call,
            options: UserOpOptions::new(),
            lane: NonceLane::Fresh,
            session: None,
            signer: None,
            unchecked: false,
        }
    }

    /// Sets the session. The default is the newest one that allows the call.
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

    /// Skips the local check of the session's policies, so that the chain alone decides. By default a
    /// forbidden call is not sent.
    #[must_use]
    pub const fn unchecked(mut self) -> Self {
        self.unchecked = true;
        self
    }
}

impl SmartAccountClient {
    /// Makes a call that a session signs. The owner is not asked and need not be available.
    ///
    /// # Errors
    ///
    /// [`Error::NoSession`], [`Error::NotActive`], [`Error::Forbidden`] before anything is sent;
    /// [`Error::ForbiddenByChain`] when the request is [unchecked](UseSession::unchecked) and the chain
    /// refuses the call; otherwise [`Error`] when the store, the session's signer or a service fails, or the
    /// operation is refused.
    pub async fn use_session(&self, request: UseSession) -> Result<UserOpResponse, Error> {
        let call = SessionCall {
            calls: slice::from_ref(&request.call),
            in_batch: false,
            session: request.session,
            signer: request.signer.as_deref(),
            vault: self.sessions.store.vault(),
            unchecked: request.unchecked,
            lane: request.lane,
        };
        self.execute(call, &request.options).await
    }
}
