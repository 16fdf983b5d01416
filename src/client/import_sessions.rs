use super::SmartAccountClient;
use crate::{
    error::Error,
    session::{Session, SessionLedger},
    store::StoredKey,
};

impl SmartAccountClient {
    /// Imports the sessions that `@biconomy/account` 4 has stored for the account: the texts that its store
    /// holds under `<account>_sessions` and `<account>_signers`, with the address in lower case. Pass an
    /// empty text if there is none.
    ///
    /// The imported sessions are stored beside the existing ones and stay usable, and later grants keep them.
    /// A repeated import is harmless, and is needed if the other library has granted more sessions. Returns
    /// the sessions that are active now.
    ///
    /// # Errors
    ///
    /// [`Error::Import`] when a text is damaged, otherwise [`Error`] when the store or the node fails. On an
    /// error nothing is imported.
    ///
    /// # Examples
    ///
    /// ```no_run
    /// use std::fs;
    ///
    /// use use_aa::SmartAccountClient;
    ///
    /// # async fn example(client: SmartAccountClient) -> Result<(), Box<dyn std::error::Error>> {
    /// let account = client.address().to_string().to_lowercase();
    /// let sessions = fs::read_to_string(format!("{account}_sessions.json"))?;
    /// let signers = fs::read_to_string(format!("{account}_signers.json"))?;
    ///
    /// for session in client.import_sessions(&sessions, &signers).await? {
    ///     println!("{} is active", session.id);
    /// }
    /// # Ok(())
    /// # }
    /// ```
    pub async fn import_sessions(&self, sessions: &str, signers: &str) -> Result<Vec<Session>, Error> {
        let (imported, keys) = self.pipeline.account.sessions().read_import(sessions, signers)?;
        let mut kept = Vec::new();
        for key in keys {
            kept.push(StoredKey::new(key, self.sessions.store.vault()).await?);
        }
        let grant = self.sessions.grant_on_chain().await?;
        let import = move |ledger: &mut dyn SessionLedger| {
            ledger.import(imported, kept, grant)?;
            let mut sessions = ledger.sessions(grant);
            sessions.retain(|session| ledger.key(session.id).is_some());
            Ok(sessions)
        };
        self.sessions.change_ledger(false, import).await?
    }
}
