use super::{SmartAccountClient, UserOpResponse, change_sessions::GrantRequest};
use crate::{
    error::{Error, ErrorKind},
    pipeline::UserOpOptions,
    session::{Revocation, SessionChange, SessionId},
};

/// A request to revoke sessions.
///
/// # Examples
///
/// ```
/// use alloy::primitives::address;
/// use use_aa::{Payment, Request, RevokeSession};
///
/// let lost = address!("58F903f277EFeDF01CF6939f64Af3B657AC4a9Af");
/// let one = RevokeSession::new([lost]).pay(Payment::Sponsored);
/// let all = RevokeSession::all();
/// assert_ne!(one, all);
/// ```
#[derive(Clone, Debug, PartialEq)]
pub struct RevokeSession {
    sessions: Revocation,
    replace_unknown: bool,
    pub(super) options: UserOpOptions,
}

impl RevokeSession {
    /// Revokes the given sessions; the others stay active.
    pub fn new(sessions: impl IntoIterator<Item = SessionId>) -> Self {
        Self {
            sessions: Revocation::These(sessions.into_iter().collect()),
            replace_unknown: false,
            options: UserOpOptions::new(),
        }
    }

    /// Revokes all sessions of the account, including those that were granted on another device or by another
    /// library, and those whose record is lost.
    #[must_use]
    pub fn all() -> Self {
        Self {
            sessions: Revocation::All,
            replace_unknown: true,
            options: UserOpOptions::new(),
        }
    }

    /// Allows the revocation to end permissions that are lost with damaged entries of the store, some of which may
    /// belong to the revoked sessions. The default is false, and true for [all](Self::all).
    #[must_use]
    pub const fn replace_unknown(mut self, may: bool) -> Self {
        self.replace_unknown = may;
        self
    }
}

impl SmartAccountClient {
    /// Revokes sessions. The chain accepts nothing from their keys from the next bundle on: an operation that follows in
    /// the same bundle was validated before. The keys are deleted from the store when the operation is included. The
    /// owner signs; the session keys are not needed.
    ///
    /// # Errors
    ///
    /// [`ErrorKind::NotActive`] when the chain does not hold one of the sessions.
    /// [`ErrorKind::NothingToRevoke`] when no session is given, or the chain holds none.
    /// [`ErrorKind::UntrackedSessions`] when some sessions are to stay and the store does not have them, or
    /// when lost permissions [may not](RevokeSession::replace_unknown) end too. Otherwise [`Error`] when the
    /// owner does not sign, a service fails, or the operation is refused, and, if some sessions are to stay,
    /// when the store fails. On any error the sessions stay as they are.
    ///
    /// # Examples
    ///
    /// ```no_run
    /// # use use_aa::{Error, RevokeSession, SmartAccountClient, WaitOptions};
    /// # async fn lost_phone(client: SmartAccountClient) -> Result<(), Error> {
    /// let sent = client.revoke_session(RevokeSession::all()).await?;
    /// sent.wait(WaitOptions::default()).await?;
    /// # Ok(())
    /// # }
    /// ```
    pub async fn revoke_session(&self, request: RevokeSession) -> Result<UserOpResponse, Error> {
        if request.sessions == Revocation::These(Vec::new()) {
            return Err(Error::from(ErrorKind::NothingToRevoke));
        }
        let change = SessionChange {
            revoked: request.sessions,
            ..SessionChange::default()
        };
        self.change_sessions(GrantRequest {
            change,
            modules: Vec::new(),
            calls: Vec::new(),
            mends: false,
            targets: Vec::new(),
            replace_unknown: request.replace_unknown,
            options: request.options,
        })
        .await
    }
}
