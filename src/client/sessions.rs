use super::SmartAccountClient;
use crate::{
    error::Error,
    pipeline::sequence,
    platform,
    session::{PendingGrant, Session, SessionRecord, SessionState},
    tracking::{Journal, PendingUserOp},
};

/// The sessions of an account.
///
/// # Examples
///
/// ```no_run
/// # async fn example(client: use_aa::SmartAccountClient) -> Result<(), use_aa::Error> {
/// let sessions = client.sessions().await?;
/// for record in &sessions.all {
///     println!("{} is {}", record.id(), record.status);
/// }
/// if sessions.untracked > 0 {
///     println!("another device has granted up to {} more", sessions.untracked);
/// }
/// # Ok(())
/// # }
/// ```
#[derive(Clone, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub struct Sessions {
    /// The sessions in the store, in the order of their grants, including those that have ended.
    pub all: Vec<SessionRecord>,
    /// An upper bound of the untracked sessions on chain: those of another device or an unknown module, or lost with
    /// a damaged entry of the store. The bound is 0 when the store has all sessions on chain.
    pub untracked: u64,
    /// The number of store entries that could not be read: at most 64 of sessions, and 8 of [pending
    /// operations](SmartAccountClient::pending_user_ops). Those entries are set aside in the store until they
    /// are [discarded](SmartAccountClient::discard_damaged).
    pub damaged: usize,
    /// The known lead of the chain's time over this device's, in seconds.
    pub(super) ahead: i64,
}

impl Sessions {
    /// Returns the active sessions whose keys are in the store, in the order of their grants.
    #[must_use]
    pub fn active(&self) -> Vec<Session> {
        let usable = |record: &&SessionRecord| record.has_key && record.status.is_active();
        let usable = self.all.iter().filter(usable);
        usable.map(|record| record.session.clone()).collect()
    }
}

impl SmartAccountClient {
    /// Returns all sessions of the account in the store, with a status compared with the sessions on
    /// chain. The keys of sessions that have ended are deleted from the store.
    ///
    /// # Errors
    ///
    /// [`Error`] when the store or the node fails.
    pub async fn sessions(&self) -> Result<Sessions, Error> {
        let learned = async {
            self.pipeline.services.fetch_time().await;
            Ok(())
        };
        let (ledger, state, ()) =
            futures::try_join!(self.pipeline.ledger(), self.state_to_compare_with(), learned)?;
        let next = match ledger.needs_sequence(&state) {
            false => 0,
            true => sequence(self.pipeline.nonce_of_grants().await?),
        };
        let ledger = self.pipeline.tidied(ledger, &state, next).await;
        // A journal that cannot be read is reported by the call that reads the pending operations.
        let journal = self.pipeline.tracker.journal.journal().await.unwrap_or_default();
        let grants = self.grants_under_way(&journal);
        let now = self.pipeline.services.now();
        Ok(Sessions {
            all: ledger.records(&state, &grants, now),
            ahead: now.cast_signed().saturating_sub(platform::now().cast_signed()),
            untracked: ledger.untracked(&state, next),
            damaged: ledger.damaged() + journal.damaged(),
        })
    }

    /// Discards the store entries of sessions and operations that could not be read. A text that cannot be
    /// read at all is discarded with every session in it. Sessions of those entries that are on chain then
    /// count as [untracked](Sessions::untracked).
    ///
    /// # Errors
    ///
    /// [`ErrorKind::Store`](crate::ErrorKind::Store) when the store cannot be written, or a newer version
    /// wrote it.
    ///
    /// # Examples
    ///
    /// ```no_run
    /// # async fn example(client: use_aa::SmartAccountClient) -> Result<(), use_aa::Error> {
    /// client.discard_damaged().await?;
    /// assert_eq!(client.sessions().await?.damaged, 0);
    /// # Ok(())
    /// # }
    /// ```
    pub async fn discard_damaged(&self) -> Result<(), Error> {
        self.pipeline
            .change_ledger(true, |ledger| ledger.discard_damaged())
            .await?;
        Ok(self
            .pipeline
            .tracker
            .journal
            .change_journal(Box::new(Journal::discard_damaged))
            .await?)
    }

    /// Returns the grants that are pending or being signed: of this client, of another tab, or of a page that
    /// was closed.
    fn grants_under_way(&self, journal: &Journal) -> Vec<PendingGrant> {
        let mut grants = self.pipeline.cache.lock().grants();
        let grant = |op: &PendingUserOp| {
            let hash = Some(op.hash);
            op.grant().map(|grant| PendingGrant { grant, hash })
        };
        grants.extend(journal.ops.iter().rev().filter_map(grant));
        grants
    }

    async fn state_to_compare_with(&self) -> Result<SessionState, Error> {
        let base = self.pipeline.cache.lock().base();
        match base {
            // A pending grant must not delay the list.
            Some(state) => Ok(state),
            None => self.pipeline.sessions_on_chain().await,
        }
    }
}
