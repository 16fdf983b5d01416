use super::SmartAccountClient;
use crate::{
    error::Error,
    session::{ImportTarget, Session, SessionImport, SessionLedger},
    store::StoredKey,
};

impl SmartAccountClient {
    /// Imports the sessions that another library has granted for the account.
    ///
    /// - [`merkle::Imported`](crate::session::merkle::Imported) reads those of `@biconomy/account` 4: the texts that its
    ///   store holds under `<account>_sessions` and `<account>_signers`, with the address in lower case.
    /// - [`smart_sessions::Imported`](crate::session::smart_sessions::Imported) reads those of `@biconomy/abstractjs`: its
    ///   grants as JSON, enabled on chain or not.
    ///
    /// The imported sessions are stored beside the existing ones and stay usable, and later grants keep them.
    /// A repeated import is harmless, and is needed if the other library has granted more sessions. Returns
    /// the sessions that are active now.
    ///
    /// # Errors
    ///
    /// [`ErrorKind::Import`](crate::ErrorKind::Import) when the sessions are of another session module, account or
    /// chain, or cannot be read back, otherwise [`Error`] when the store or the node fails. On an error nothing is imported.
    ///
    /// # Examples
    ///
    /// ```no_run
    /// use std::fs;
    ///
    /// use use_aa::{SmartAccountClient, session::merkle::Imported};
    ///
    /// # async fn example(client: SmartAccountClient) -> Result<(), Box<dyn std::error::Error>> {
    /// let account = client.address().to_string().to_lowercase();
    /// let sessions = fs::read_to_string(format!("{account}_sessions.json"))?;
    /// let signers = fs::read_to_string(format!("{account}_signers.json"))?;
    ///
    /// for session in client.import_sessions(Imported::read(&sessions, &signers)?).await? {
    ///     println!("{} is active", session.id);
    /// }
    /// # Ok(())
    /// # }
    /// ```
    pub async fn import_sessions(
        &self,
        sessions: impl SessionImport + 'static,
    ) -> Result<Vec<Session>, Error> {
        let keys = sessions.open_keys();
        let mut kept = Vec::new();
        for key in keys {
            kept.push(StoredKey::new(key, self.pipeline.store.vault()).await?);
        }
        let state = self.pipeline.sessions_on_chain().await?;
        let (account, chain_id) = (self.address(), self.services().chain_id());
        let import = move |ledger: &mut dyn SessionLedger| {
            let state = &state;
            let target = ImportTarget {
                account,
                chain_id,
                state,
            };
            sessions.record(ledger, kept, &target)?;
            let mut sessions = ledger.sessions(state);
            sessions.retain(|session| ledger.key(session.id).is_some());
            Ok(sessions)
        };
        self.pipeline.change_ledger(false, import).await?
    }
}
