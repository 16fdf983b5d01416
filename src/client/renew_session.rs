use std::time::Duration;

use super::{CreateSession, Request, SessionGrant, SmartAccountClient};
use crate::{
    error::{Error, ErrorKind},
    permission::Guards,
    pipeline::UserOpOptions,
    session::SessionId,
    signer::SessionSigner,
};

/// A request to replace a session with a new key and expiry.
///
/// # Examples
///
/// ```
/// use std::time::Duration;
/// use alloy::primitives::address;
/// use use_aa::{Payment, RenewSession, Request};
///
/// let ending = address!("58F903f277EFeDF01CF6939f64Af3B657AC4a9Af");
/// let request = RenewSession::new(ending).lasting(Duration::from_secs(8 * 3600)).pay(Payment::Sponsored);
/// # let _ = request;
/// ```
#[derive(Clone, Debug)]
pub struct RenewSession {
    session: SessionId,
    lasting: Duration,
    signer: Option<SessionId>,
    guards: Guards,
    replace_unknown: bool,
    pub(super) options: UserOpOptions,
}

impl RenewSession {
    /// Grants the permissions of a session to a new key for one hour from now, and ends the session.
    #[must_use]
    pub const fn new(session: SessionId) -> Self {
        Self {
            session,
            lasting: Duration::from_secs(3600),
            signer: None,
            guards: Guards::new(),
            replace_unknown: false,
            options: UserOpOptions::new(),
        }
    }

    /// Sets the duration of the new session, in whole seconds, from now or from a later beginning of a
    /// policy. The default is one hour.
    #[must_use]
    pub const fn lasting(mut self, time: Duration) -> Self {
        self.lasting = time;
        self
    }

    /// Sets the guards that refuse permissions. The default is [all guards](Guards::new), also if the session
    /// was granted with fewer.
    #[must_use]
    pub fn guards(mut self, guards: Guards) -> Self {
        self.guards = guards;
        self
    }

    /// Sets a remote signer for the new session. The default is a new random key, kept in the store.
    #[must_use]
    pub fn signer(mut self, signer: &dyn SessionSigner) -> Self {
        self.signer = Some(signer.address());
        self
    }

    /// Allows the grant to end sessions that are not in this store. A session that another device has
    /// replaced needs this. The default is false.
    #[must_use]
    pub const fn replace_unknown(mut self, may: bool) -> Self {
        self.replace_unknown = may;
        self
    }
}

impl SmartAccountClient {
    /// Grants the permissions that a session has on chain to a new key, and ends the session in the same
    /// operation. If the session has ended already, the new key gets the permissions that the chain was last
    /// seen to grant. A policy that has not begun yet keeps its beginning, the others begin now.
    ///
    /// Permissions that cannot be read are not granted again, and end if they name the session's key. A permission
    /// that is lost with a damaged entry of the store stays as it is, even if it was the session's. To end that
    /// permission too, [revoke](Self::revoke_session) the session.
    ///
    /// # Errors
    ///
    /// [`ErrorKind::NotActive`] when the chain was never seen to hold the session; otherwise as
    /// [`create_session`](Self::create_session).
    ///
    /// # Examples
    ///
    /// ```no_run
    /// # use use_aa::{Error, RenewSession, SessionStatus, SmartAccountClient};
    /// # async fn renew(client: SmartAccountClient) -> Result<(), Error> {
    /// for record in client.sessions().await?.all {
    ///     if record.status == SessionStatus::ExpiringSoon {
    ///         client.renew_session(RenewSession::new(record.id())).await?;
    ///     }
    /// }
    /// # Ok(())
    /// # }
    /// ```
    pub async fn renew_session(&self, request: RenewSession) -> Result<SessionGrant, Error> {
        let (ledger, state) = futures::try_join!(self.pipeline.ledger(), self.pipeline.sessions_on_chain())?;
        let granted = ledger.session(&state, request.session);
        let granted = granted.ok_or_else(|| Error::from(ErrorKind::NotActive(request.session)))?;
        let now = self.pipeline.services.now();
        let permissions = granted.permissions.into_iter().map(|permission| {
            let interval = permission.interval().renewed(now, request.lasting);
            permission.lasting(interval)
        });
        let grant = CreateSession::new(permissions)
            .in_place_of(request.session)
            .guards(request.guards)
            .replace_unknown(request.replace_unknown)
            .options(request.options);
        self.create_session(match request.signer {
            Some(signer) => grant.signer_at(signer),
            None => grant,
        })
        .await
    }
}
