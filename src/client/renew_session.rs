use std::time::Duration;

use super::{CreateSession, Error, Options, SmartAccountClient, UserOpResponse};
use crate::session::{Guards, Permission, SessionId, SessionSigner, Violation};

/// A session that is to go on under a fresh key.
///
/// # Examples
///
/// ```
/// use std::time::Duration;
/// use alloy::primitives::address;
/// use use_aa::{Payment, RenewSession};
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
    pub(super) options: Options,
}

impl RenewSession {
    /// Grants what a session is granted to a fresh key, for an hour from now, and ends the session.
    #[must_use]
    pub const fn new(session: SessionId) -> Self {
        Self {
            session,
            lasting: Duration::from_secs(3600),
            signer: None,
            guards: Guards::new(),
            replace_unknown: false,
            options: Options::new(),
        }
    }

    /// How long it is to last, in whole seconds, from now on or from when a policy begins. The default is an hour.
    #[must_use]
    pub const fn lasting(mut self, time: Duration) -> Self {
        self.lasting = time;
        self
    }

    /// What must not be granted again. The default is [all guards](Guards::new), whatever the session was granted with.
    #[must_use]
    pub fn guards(mut self, guards: Guards) -> Self {
        self.guards = guards;
        self
    }

    /// The signer elsewhere that is to sign from now on. The default is a fresh key, kept in the store.
    #[must_use]
    pub fn signer(mut self, signer: &dyn SessionSigner) -> Self {
        self.signer = Some(signer.address());
        self
    }

    /// Whether sessions that are not known here may be ended, as one that another device has replaced needs it. The
    /// default is no.
    #[must_use]
    pub const fn replace_unknown(mut self, may: bool) -> Self {
        self.replace_unknown = may;
        self
    }
}

impl SmartAccountClient {
    /// Grants a fresh key what the chain grants to a session, and ends the session in the same operation. It may have
    /// ended already: then the key is granted what the chain was last seen to grant. A policy whose time has not begun
    /// begins when it was to; the others begin now.
    ///
    /// What a module checks that is not known here is not granted anew, and ends where it names the session's key. A
    /// leaf that is lost with a damaged entry of the store stays as it is, also if it was the session's: to end it too,
    /// [revoke](Self::revoke_session) the session.
    ///
    /// # Errors
    ///
    /// [`Error::NotActive`] when the chain was never seen to hold the session, [`Error::Forbidden`] when a module that
    /// is not known here checks it; otherwise as [`create_session`](Self::create_session).
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
    pub async fn renew_session(&self, request: RenewSession) -> Result<UserOpResponse, Error> {
        let (book, root) = futures::try_join!(self.book(), self.root_on_chain())?;
        let granted = book.session(root, request.session);
        let granted = granted.ok_or(Error::NotActive(request.session))?;
        let now = self.services.now();
        let renewed = granted.leaves.iter().map(|leaf| {
            let permission = leaf.permission();
            let permission = permission.ok_or(Violation::UnknownModule(leaf.module()))?;
            let interval = leaf.interval().renewed(now, request.lasting);
            Ok::<Permission, Error>(permission.lasting(interval))
        });
        let permissions = renewed.collect::<Result<Vec<_>, _>>()?;
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
