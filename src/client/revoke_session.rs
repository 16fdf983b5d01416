use super::{Error, Options, SmartAccountClient, UserOpResponse, change_root::RootChange};
use crate::session::{SessionId, TreeChange, Without};

/// Sessions that are to end.
///
/// # Examples
///
/// ```
/// use alloy::primitives::address;
/// use use_aa::{Payment, RevokeSession};
///
/// let lost = address!("58F903f277EFeDF01CF6939f64Af3B657AC4a9Af");
/// let one = RevokeSession::new([lost]).pay(Payment::Sponsored);
/// let all = RevokeSession::all();
/// assert_ne!(one, all);
/// ```
#[derive(Clone, Debug, PartialEq)]
pub struct RevokeSession {
    sessions: Without,
    replace_unknown: bool,
    pub(super) options: Options,
}

impl RevokeSession {
    /// Ends these sessions; the others stay active.
    pub fn new(sessions: impl IntoIterator<Item = SessionId>) -> Self {
        Self {
            sessions: Without::These(sessions.into_iter().collect()),
            replace_unknown: false,
            options: Options::new(),
        }
    }

    /// Ends all sessions of the account, also those that were granted on another device, by another library, or
    /// whose record here is lost.
    #[must_use]
    pub fn all() -> Self {
        Self {
            sessions: Without::All,
            replace_unknown: true,
            options: Options::new(),
        }
    }

    /// Whether leaves may end too that are lost with damaged entries of the store: some may be those of the sessions
    /// that are to end. The default is no, but for [all](Self::all).
    #[must_use]
    pub const fn replace_unknown(mut self, may: bool) -> Self {
        self.replace_unknown = may;
        self
    }
}

impl SmartAccountClient {
    /// Ends sessions: once the operation is included the chain takes nothing more from their keys, and the keys are
    /// forgotten here. The owner signs; the sessions' keys are not needed.
    ///
    /// # Errors
    ///
    /// [`Error::NotActive`] when the chain does not hold one of them, [`Error::NothingToRevoke`] when none is given, or
    /// the chain holds none at all. [`Error::SessionsElsewhere`] when some but not all are to end and those that would
    /// stay are not known here, or leaves are lost that [may not](RevokeSession::replace_unknown) end too; otherwise
    /// [`Error`] when the owner does not sign, a service fails, or the operation is refused, and where some sessions are
    /// to stay, when the store fails. Whatever went wrong, the sessions stay as they are.
    ///
    /// # Examples
    ///
    /// ```no_run
    /// # use use_aa::{Error, RevokeSession, SmartAccountClient, Wait};
    /// # async fn lost_phone(client: SmartAccountClient) -> Result<(), Error> {
    /// let sent = client.revoke_session(RevokeSession::all()).await?;
    /// sent.wait(Wait::default()).await?;
    /// # Ok(())
    /// # }
    /// ```
    pub async fn revoke_session(&self, request: RevokeSession) -> Result<UserOpResponse, Error> {
        if request.sessions == Without::These(Vec::new()) {
            return Err(Error::NothingToRevoke);
        }
        let change = TreeChange {
            without: request.sessions,
            ..TreeChange::default()
        };
        self.change_root(RootChange {
            change,
            modules: Vec::new(),
            targets: Vec::new(),
            replace_unknown: request.replace_unknown,
            options: &request.options,
        })
        .await
    }
}
