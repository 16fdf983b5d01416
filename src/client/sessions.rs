use alloy::primitives::B256;

use super::{Error, PendingUserOp, SmartAccountClient, change_root::sequence, journal::Journal};
use crate::{
    platform,
    session::{Book, Grant, KeptKey, Session, SessionRecord, StoreError, store_key},
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
/// if sessions.elsewhere > 0 {
///     println!("another device has granted up to {} more", sessions.elsewhere);
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
    pub elsewhere: u64,
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
    /// Returns all sessions of the account in the store, with a status compared with the Merkle root that the
    /// chain holds now. The keys of sessions that have ended are deleted from the store.
    ///
    /// # Errors
    ///
    /// [`Error`] when the store or the node fails.
    pub async fn sessions(&self) -> Result<Sessions, Error> {
        let learned = async {
            self.services.learn_time().await;
            Ok(())
        };
        let (book, root, ()) = futures::try_join!(self.book(), self.root_to_compare_with(), learned)?;
        let next = match book.tree(root) {
            Some(_) if !book.is_in_doubt(root) => 0,
            _ => sequence(self.nonce_of_grants().await?),
        };
        let book = self.tidied(book, root, next).await;
        let elsewhere = match book.tree(root) {
            Some(_) => book.unread(root),
            None => book.grants_elsewhere(next),
        };
        // A journal that cannot be read is reported by the call that reads the pending operations.
        let journal = self.journal().await.unwrap_or_default();
        let grants = self.grants_under_way(&journal);
        let now = self.services.now();
        Ok(Sessions {
            all: book.listed(root, &grants, now),
            ahead: now.cast_signed().saturating_sub(platform::now().cast_signed()),
            elsewhere,
            damaged: book.damaged() + journal.damaged(),
        })
    }

    /// Discards the store entries of sessions and operations that could not be read. A text that cannot be
    /// read at all is discarded with every session in it. Sessions of those entries that are on chain then
    /// count as [untracked](Sessions::elsewhere).
    ///
    /// # Errors
    ///
    /// [`Error::Store`] when the store cannot be written, or a newer version wrote it.
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
        self.change_book(true, Book::discard_damaged).await?;
        Ok(self.change_journal(Box::new(Journal::discard_damaged)).await?)
    }

    /// Returns the session ledger after recording the Merkle root on chain and deleting the keys of sessions
    /// that have ended. `next` is the sequence number of the next grant, or 0 if it was not requested.
    pub(super) async fn tidied(&self, book: Book, root: B256, next: u64) -> Book {
        // A node that returns a wrong time must not delete a key.
        let now = platform::now();
        if book.is_tidy(root, next, now) {
            return book;
        }
        let tidy = move |book: &mut Book| {
            book.tidy(root, next, now);
            book.clone()
        };
        // A failed write is repeated by the next call.
        self.change_book(false, tidy).await.unwrap_or(book)
    }

    /// Returns the grants that are pending or being signed: of this client, of another tab, or of a page that
    /// was closed.
    fn grants_under_way(&self, journal: &Journal) -> Vec<Grant> {
        let mut grants = self.facts.lock().grants();
        let grant = |op: &PendingUserOp| {
            let hash = Some(op.hash);
            op.root().map(|root| Grant { root, hash })
        };
        grants.extend(journal.ops.iter().rev().filter_map(grant));
        grants
    }

    async fn root_to_compare_with(&self) -> Result<B256, Error> {
        let base = self.facts.lock().base();
        match base {
            // A pending grant must not delay the list.
            Some(root) => Ok(root),
            None => self.root_on_chain().await,
        }
    }

    /// Reads the account's session ledger. Plain keys are sealed if the store has a vault.
    pub(super) async fn book(&self) -> Result<Book, Error> {
        let text = self.store.read(&self.store_key()).await?;
        let mut book = Book::read(text.as_deref(), &self.services.contracts)?;
        if let Some(vault) = self.store.vault() {
            let mut sealed = Vec::new();
            for key in book.open_keys() {
                sealed.push(KeptKey::new(key.clone(), Some(vault)).await?);
            }
            if !sealed.is_empty() {
                let keep = move |book: &mut Book| {
                    sealed.into_iter().for_each(|key| book.keep(key));
                    book.clone()
                };
                book = self.change_book(false, keep).await?;
            }
        }
        Ok(book)
    }

    /// Changes the account's session ledger atomically. A damaged text is an error, or is replaced.
    pub(super) async fn change_book<T: Send>(
        &self,
        replace_damaged: bool,
        change: impl FnOnce(&mut Book) -> T + Send,
    ) -> Result<T, Error> {
        let mut answer = None;
        let slot = &mut answer;
        let change = Box::new(move |book: &mut Book| *slot = Some(change(book)));
        self.rewrite_book(replace_damaged, change).await?;
        answer.ok_or_else(|| {
            let why = "the store did not make the change".to_owned();
            Error::Store(StoreError::Unavailable(why))
        })
    }

    async fn rewrite_book(
        &self,
        replace_damaged: bool,
        change: Box<dyn FnOnce(&mut Book) + Send + '_>,
    ) -> Result<(), StoreError> {
        let rewrite = move |text: Option<String>| {
            let mut book = match Book::read(text.as_deref(), &self.services.contracts) {
                Err(StoreError::Damaged(_)) if replace_damaged => Book::in_place_of_damaged(),
                book => book?,
            };
            change(&mut book);
            book.to_text().map(Some)
        };
        self.store.update(&self.store_key(), Box::new(rewrite)).await
    }

    fn store_key(&self) -> String {
        store_key(self.services.chain_id(), self.address)
    }
}
