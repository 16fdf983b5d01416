use super::{Error, SmartAccountClient};
use crate::session::{Book, Imported, Session};

impl SmartAccountClient {
    /// Takes over the sessions that `@biconomy/account` 4 has kept for the account: the texts that its store holds
    /// under `<account>_sessions` and `<account>_signers`, with the address in lower case. An empty text stands for
    /// none.
    ///
    /// They are kept beside those that are known here, and go on working: new sessions are granted beside them. To
    /// import again is harmless, and needed when the other library has granted more. Gives the sessions that are
    /// active now.
    ///
    /// # Errors
    ///
    /// [`Error::Import`] when a text is damaged, otherwise [`Error`] when the store or the node fails. Then nothing is
    /// taken over.
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
        let imported = Imported::read(sessions, signers)?.known_by(&self.services.contracts);
        let imported = imported.sealed_by(self.store.vault()).await?;
        let root = self.root_on_chain().await?;
        let import = move |book: &mut Book| {
            book.import(imported, root);
            book.sessions(root)
        };
        self.change_book(false, import).await
    }
}
