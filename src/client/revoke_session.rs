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
    pub(super) options: Options,
}

impl RevokeSession {
    /// Ends these sessions; the others stay active.
    pub fn new(sessions: impl IntoIterator<Item = SessionId>) -> Self {
        Self {
            sessions: Without::These(sessions.into_iter().collect()),
            options: Options::new(),
        }
    }

    /// Ends all sessions of the account, also those that were granted on another device, by another library, or
    /// whose record here is lost.
    #[must_use]
    pub fn all() -> Self {
        Self {
            sessions: Without::All,
            options: Options::new(),
        }
    }
}

impl SmartAccountClient {
    /// Ends sessions: once the operation is included the chain takes nothing more from their keys, and the keys are
    /// forgotten here. The owner signs; the sessions' keys are not needed.
    ///
    /// # Errors
    ///
    /// [`Error::NotActive`] when the chain does not hold one of them, [`Error::NothingToRevoke`] when it holds none at
    /// all, [`Error::SessionsElsewhere`] when some but not all are to end and those that would stay are not known
    /// here; otherwise [`Error`] when the owner does not sign, the store or a service fails, or the operation is
    /// refused. Whatever went wrong, the sessions stay as they are.
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
        let change = TreeChange {
            without: request.sessions,
            ..TreeChange::default()
        };
        self.change_root(RootChange {
            change,
            modules: Vec::new(),
            targets: Vec::new(),
            replace_unknown: false,
            options: &request.options,
        })
        .await
    }
}
